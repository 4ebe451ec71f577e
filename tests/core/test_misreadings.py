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
    return misreading((source,), ArgsSettings(**args), params) or ""


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
        (ARGPARSE, {}, {"amp": False}, "amp='','true'"),
        (ARGPARSE, {"bool": "python"}, {"amp": False}, "amp='','true'"),
        (ARGPARSE, {}, {"opt": {"nesterov": False}}, "opt.nesterov='','true'"),
        (ARGPARSE, {}, {"flag": True}, "task.args.bool=flag"),
        (ARGPARSE, {"list": "repeat"}, {"dims": [8, 16]}, "task.args.list=space"),
        (ARGPARSE, {"bool": "flag"}, {"both": False}, "task.args.bool=no-flag"),
        (ARGPARSE, {"bool": "flag"}, {"amp": False}, "amp='','true'"),
        (CLICK, {"bool": "flag"}, {"ema": False}, "task.args.bool=no-flag"),
        (CLICK, {"bool": "flag"}, {"use-cache": False}, "use-cache='false'"),
        (CLICK, {"bool": "flag", "key": "dash"}, {"use_cache": False}, "use_cache='false'"),
    ],
)  # fmt: skip
def test_a_misreading_is_named_with_the_way_out(
    source: str, args: dict[str, str], params: dict[str, Any], way_out: str
) -> None:
    (key,) = params
    shown = found(source, params, **args)
    assert shown.startswith(key)
    assert way_out in shown


BOOLS = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--aug", type=bool, default=True)
parser.add_argument("--off", type=bool, default=False)
parser.add_argument("--switch", type=bool, nargs="?", const=True, default=False)
parser.add_argument("--use-mix", type=lambda text: bool(text))
parser.add_argument("--on", type=bool, nargs="+")
parser.add_argument("--own", type=lambda text: {'false': False, 'true': True}[text.lower()])
"""
FLAG = "parser.add_argument('--amp', action='store_true')\n"


@pytest.mark.parametrize("mode", ["value", "flag", "no-flag", "python"])
@pytest.mark.parametrize("value", ["false", "False", "no", "off", "0", 0, 0.0, " n "])
def test_type_bool_gets_no_text_or_number_for_false_whatever_the_bools_of_the_sweep(
    mode: str, value: object
) -> None:
    shown = found(BOOLS + FLAG, {"aug": value}, bool=mode)
    assert shown.startswith("aug: type=bool makes true of every text but the empty one")
    assert "aug='','true'" in shown
    assert found(BOOLS, {"own": value}, bool=mode) == ""


@pytest.mark.parametrize(
    ("args", "params", "reason"),
    [
        ({"bool": "flag"}, {"aug": False}, "false is left out (task.args.bool=flag)"),
        ({"bool": "flag"}, {"aug": True}, "type=bool needs a text, and true is given without one"),
        ({"bool": "no-flag"}, {"off": True}, "type=bool needs a text, and true is given without one"),
        ({"key": "dash"}, {"use_mix": False}, "makes true"),
        ({}, {"use-mix": False}, "makes true"),
        ({}, {"on": [True, False]}, "declare it with type=lambda text"),
        ({"text": "python"}, {"aug": ""}, "so of 'false', 'no' and '0' too; declare it with"),
        ({"none": "json"}, {"aug": None}, "makes true"),
        ({"list": "repeat"}, {"on": [True, True]}, "keeps only the last of a repeated option"),
        ({}, {"aug": False}, "declare it with action=argparse.BooleanOptionalAction"),
    ],
)  # fmt: skip
def test_the_reason_is_the_one_that_holds(args: dict[str, str], params: dict[str, Any], reason: str) -> None:
    assert reason in found(BOOLS, params, **args)


@pytest.mark.parametrize(
    ("source", "args", "params"),
    [
        (BOOLS, {}, {"aug": ""}),
        (BOOLS, {}, {"aug": "true"}),
        (BOOLS, {}, {"aug": 1, "off": "yes", "on": ["", "true"]}),
        (BOOLS, {}, {"aug": None}),
        (BOOLS, {"bool": "flag"}, {"aug": "", "off": False, "switch": False}),
        (BOOLS, {"bool": "flag"}, {"switch": True}),
        (BOOLS, {"bool": "no-flag"}, {"aug": False}),
        (BOOLS, {"dict": "json"}, {"x": {"aug": False}}),
        (BOOLS, {"dict": "json"}, {"aug": {"x": 0}}),
        (BOOLS + "parser.register('type', bool, parse_bool)", {}, {"aug": False}),
        (BOOLS + "from tools import to_bool as bool", {}, {"aug": False}),
        (BOOLS + "other.add_argument('--aug', type=parse_bool)", {}, {"aug": False}),
    ],
)  # fmt: skip
def test_what_type_bool_reads_rightly_or_may_read_rightly_is_left_alone(
    source: str, args: dict[str, str], params: dict[str, Any]
) -> None:
    assert found(source, params, **args) == ""


def test_no_pair_is_advised_beside_flags_that_have_no_pair():
    """With task.args.bool=no-flag, false would be --no-amp, which no flag of argparse has."""
    shown = found(BOOLS + FLAG, {"aug": False})
    assert "BooleanOptionalAction" not in shown
    assert "type=lambda text: {'false': False, 'true': True}[text.lower()]" in shown


def test_an_option_that_several_parsers_have_alike_is_judged():
    """A help text of its own makes no difference."""
    again = "other.add_argument('--aug', type=bool, help='again')"
    assert found(BOOLS + again, {"aug": False})


@pytest.mark.parametrize(
    ("sources", "params", "refused"),
    [
        (("from m import make_parser", BOOLS), {"aug": False}, True),
        (("p.add_argument('--lr', type=float)", BOOLS), {"aug": False}, True),
        (("p.add_argument('--aug', type=parse_bool)", BOOLS), {"aug": False}, False),
        ((BOOLS, "p.add_argument('--aug', type=parse_bool)"), {"aug": False}, True),
        (("", BOOLS, "p.add_argument('--aug', type=parse_bool)"), {"aug": False}, False),
        (("from m import main", FIRE), {"name": "8"}, True),
        (("p.add_argument('--name')", FIRE), {"name": "8"}, False),
        (("", TYRO), {"name": "8"}, False),
        (("p.add_argument('--lr')", BOOLS, "import jsonargparse"), {"aug": False}, False),
    ],
)  # fmt: skip
def test_an_option_is_judged_by_the_script_and_else_by_the_modules_that_it_uses(
    sources: tuple[str, ...], params: dict[str, Any], refused: bool
) -> None:
    assert bool(misreading(sources, ArgsSettings(), params)) is refused


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
