"""A program's source tells which options it would read as other values."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.misreadings import misreading
from sweeper.core.settings import ArgsSettings

FIRE = "import fire\nfire.Fire(main)\n"
TYRO = "import tyro\ntyro.cli(Training)\n"
CLICK = """
@click.option("--amp", is_flag=True)
@click.option("--size", flag_value="x")
@click.option("--ema/--no-ema", default=True)
@click.option("--fast/--slow", default=False)
@option("--use-cache", type=bool, default=True)
def main(): ...
"""
ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-a", "--amp", type=bool, default=True)
parser.add_argument("--flag", action="store_true")
parser.add_argument("--both", action=argparse.BooleanOptionalAction)
parser.add_argument("--dims", type=int, nargs="+")
parser.add_argument("--tags", action="append")
parser.add_argument("--opt.nesterov", type=bool)
parser.add_argument("--name", **more)
print(parser)
"""


def found(source: str, params: dict[str, Any], **args: str) -> str:
    return misreading(source, ArgsSettings(**args), params) or ""


@pytest.mark.parametrize(
    ("source", "args", "params", "way_out"),
    [
        (FIRE, {}, {"amp": False}, "task.args.bool=python"),
        (FIRE, {}, {"amp": True}, "task.args.bool=python"),
        (FIRE, {"list": "json"}, {"on": [1, [True]]}, "task.args.bool=python"),
        (FIRE, {}, {"dims": [8, 16]}, "task.args.list=json"),
        (FIRE, {"list": "repeat"}, {"dims": [8, 16]}, "task.args.list=json"),
        *((FIRE, {}, {"name": text}, "task.args.text=python")
          for text in ("8", "-8", "1e-3", "None", "a,b", "[a]", "'x'", "a#b", "{a: 1}")),
        (TYRO, {"list": "repeat"}, {"dims": [8, 16]}, "task.args.list=space"),
        (ARGPARSE, {}, {"amp": False}, "BooleanOptionalAction"),
        (ARGPARSE, {"bool": "python"}, {"amp": False}, "BooleanOptionalAction"),
        (ARGPARSE, {}, {"opt": {"nesterov": False}}, "BooleanOptionalAction"),
        (ARGPARSE, {}, {"flag": True}, "task.args.bool=flag"),
        (ARGPARSE, {"list": "repeat"}, {"dims": [8, 16]}, "task.args.list=space"),
        (ARGPARSE, {"bool": "flag"}, {"both": False}, "task.args.bool=no-flag"),
        (ARGPARSE, {"bool": "flag"}, {"amp": False}, "amp='false'"),
        (CLICK, {"bool": "flag"}, {"ema": False}, "task.args.bool=no-flag"),
        (CLICK, {"bool": "flag"}, {"use-cache": False}, "use-cache='false'"),
        (CLICK, {"bool": "flag", "key": "dash"}, {"use_cache": False}, "use_cache='false'"),
    ],
)  # fmt: skip
def test_a_misreading_is_named_with_the_way_out(
    source: str, args: dict[str, str], params: dict[str, Any], way_out: str
) -> None:
    (key,) = params
    said = found(source, params, **args)
    assert said.startswith(key)
    assert way_out in said


@pytest.mark.parametrize(
    ("source", "args", "params"),
    [
        (FIRE, {"bool": "python", "list": "json", "text": "python"}, {"a": True, "b": [False], "c": "8"}),
        (FIRE, {}, {"lr": 0.1, "n": 8, "a": "word", "b": "a b", "c": "a-b", "d": "/x/y.z", "e": "-x"}),
        (FIRE, {}, {"f": "", "g": "\\d"}),
        (FIRE + "fire.decorators.SetParseFns(str)", {}, {"amp": True}),
        ("import firewall\n", {}, {"amp": False}),
        (TYRO, {}, {"dims": [8, 16]}),
        (TYRO, {"list": "repeat"}, {"dims": [8]}),
        (TYRO + "tyro.conf.UseAppendAction", {"list": "repeat"}, {"dims": [8, 16]}),
        (ARGPARSE, {}, {"amp": True, "both": False, "dims": [1, 2], "other": False, "name": "8"}),
        (ARGPARSE, {"bool": "flag"}, {"flag": False}),
        (ARGPARSE, {"list": "repeat"}, {"tags": ["a", "b"], "dims": [8]}),
        (ARGPARSE.replace("import argparse", "import jsonargparse"), {}, {"amp": False}),
        ("add_argument(", {}, {"amp": False}),
        (CLICK, {"bool": "flag"}, {"amp": False, "size": False, "fast": False, "ema": True, "other": False}),
        (CLICK, {"bool": "flag", "key": "dash"}, {"use_cache": True}),
        (CLICK, {"bool": "no-flag"}, {"ema": False}),
        ("option(", {"bool": "flag"}, {"amp": False}),
        ("", {}, {"amp": False}),
    ],
)  # fmt: skip
def test_what_is_read_rightly_or_cannot_be_judged_is_left_alone(
    source: str, args: dict[str, str], params: dict[str, Any]
) -> None:
    assert found(source, params, **args) == ""
