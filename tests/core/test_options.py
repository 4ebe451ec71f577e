"""Options are spelled as each kind of program reads them; what has no clear spelling is refused."""

from __future__ import annotations

import json
import math
import shlex
from ast import literal_eval
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.setting import settings_of
from sweeper.core.settings import ArgsSettings, TaskSettings
from sweeper.core.values import literal


def words(params: dict[str, Any], **args: str) -> list[str]:
    """The words that give the parameters."""
    task = TaskSettings(command=["run", "{args}"], args=ArgsSettings(**args))
    return shlex.split(render_command(task, params).removeprefix("exec run"))


@pytest.mark.parametrize(
    ("args", "params", "expected"),
    [
        ({"bool": "value"}, {"amp": True, "x": False}, ["--amp=true", "--x=false"]),
        ({"bool": "flag"}, {"amp": True, "x": False}, ["--amp"]),
        ({"bool": "flag"}, {"on": [True, False]}, ["--on", "true", "false"]),
        ({"bool": "no-flag"}, {"amp": True, "x": False}, ["--amp", "--no-x"]),
        ({"bool": "no-flag"}, {"a": {"b": {"c": False}}}, ["--a.b.no-c"]),
        ({"bool": "python"}, {"amp": True, "x": False}, ["--amp=True", "--x=False"]),
        ({"bool": "python"}, {"on": [True, False]}, ["--on", "True", "False"]),
        ({"bool": "python", "list": "json"}, {"x": [True, None, 1]}, ["--x=[True,None,1]"]),
        ({"list": "space"}, {"x": [8, -1, "a b"]}, ["--x", "8", "-1", "a b"]),
        ({"list": "space"}, {"x": []}, ["--x"]),
        ({"list": "repeat"}, {"x": [8, "-a", "b,c", ""]}, ["--x=8", "--x=-a", "--x=b,c", "--x="]),
        ({"list": "comma"}, {"x": [8, "-a", "b c", 'd"e']}, ['--x=8,-a,b c,d"e']),
        ({"list": "json"}, {"x": []}, ["--x=[]"]),
        ({"list": "json"}, {"x": [8, "é", True, None, [1], {"a": 1e-05}]},
         ['--x=[8,"é",true,null,[1],{"a":1.0e-05}]']),
        ({"list": "json"}, {"x": ["a\u2028\x7f\ufeff😀\n"]}, ['--x=["a\\u2028\\u007f\\ufeff😀\\n"]']),
        ({"list": "json"}, {"x": [math.inf, -math.inf]}, ["--x=[1.0e+999,-1.0e+999]"]),
        ({"dict": "dots"}, {"opt": {"lr": 1, "b": {"c": "x"}}}, ["--opt.lr=1", "--opt.b.c=x"]),
        ({"dict": "json"}, {"opt": {"lr": 1, "on": True}}, ['--opt={"lr":1,"on":true}']),
        ({"dict": "json"}, {"opt": {}}, ["--opt={}"]),
        ({"dict": "json", "bool": "python"}, {"opt": {"on": True}}, ['--opt={"on":True}']),
        ({"text": "python"}, {"x": "8", "y": 8, "z": 1e-05}, ['--x="8"', "--y=8", "--z=1.0e-05"]),
        ({"text": "python"}, {"x": ["a"], "y": math.inf}, ["--x", '"a"', "--y=1.0e+999"]),
        ({"none": "omit"}, {"x": None}, []),
        ({"none": "json"}, {"x": None}, ["--x=null"]),
        ({"none": "python"}, {"x": None}, ["--x=None"]),
        ({"key": "dash"}, {"batch_size": 8, "my_opt": {"l_r": 1}}, ["--batch-size=8", "--my-opt.l-r=1"]),
        ({"key": "dash", "bool": "no-flag"}, {"use_amp": False}, ["--no-use-amp"]),
    ],
)  # fmt: skip
def test_each_choice_spells_its_kind_of_value(
    args: dict[str, str], params: dict[str, Any], expected: list[str]
) -> None:
    assert words(params, **args) == expected


@pytest.mark.parametrize(
    ("args", "params", "message"),
    [
        ({"list": "repeat"}, {"x": []}, r"x: an empty list is not repeated at all .*args\.list=json"),
        ({"list": "repeat"}, {"x": [None]}, r"x: a list that holds null cannot .*args\.list=json"),
        ({"list": "repeat"}, {"x": [[1]]}, r"x: a list that holds \[1\]"),
        ({"list": "comma"}, {"x": []}, "x: an empty list and a list of one empty text"),
        ({"list": "comma"}, {"x": ["a", "b,c"]}, r"'b,c' does not survive .*args\.list=repeat"),
        ({"list": "comma"}, {"x": [""]}, "'' does not survive"),
        ({"list": "comma"}, {"x": [" a"]}, "' a' does not survive"),
        ({"list": "comma"}, {"x": ["a "]}, "'a ' does not survive"),
        ({"list": "comma"}, {"x": ['"a"']}, "does not survive"),
        ({"list": "comma"}, {"x": ["a\nb"]}, "does not survive"),
        ({"list": "comma"}, {"x": [{"a": 1}]}, "a list that holds"),
        ({"list": "space"}, {"x": ["-a"]}, r"take the list's value '-a' for an option; .*args\.list=repeat"),
        ({"list": "json"}, {"x": [math.nan]}, "x: neither JSON nor Python can write nan"),
        ({"text": "python"}, {"x": math.nan}, "x: neither JSON nor Python can write nan"),
        ({"key": "dash"}, {"a_b": 1, "a-b": 2}, "both be written 'a-b'"),
        ({"dict": "json"}, {"a=b": 1}, "holds '='"),
    ],
)
def test_what_has_no_clear_spelling_is_refused_with_the_way_out(
    args: dict[str, str], params: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        words(params, **args)


@pytest.mark.parametrize("style", ["hydra", "env", "json", "overrides"])
def test_args_is_refused_if_no_options_are_written(style: str) -> None:
    task = TaskSettings(command=["run", "{args}"], args_style=style, args=ArgsSettings(bool="flag"))
    with pytest.raises(UsageError, match=rf"task\.args .* means nothing where task\.args_style is {style}"):
        render_command(task, {"lr": 1})


def test_every_setting_has_its_choices_and_the_default_is_the_first() -> None:
    assert {key: one.choices[0] for key, one in settings_of(ArgsSettings).items()} == vars(ArgsSettings())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALAR = st.one_of(TEXT, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
VALUES = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_a_literal_is_the_same_value_to_json_python_and_yaml(value: Any) -> None:
    text = literal("x", value)
    assert repr(json.loads(text)) == repr(value)
    assert repr(yaml.safe_load(text)) == repr(value)
    assert repr(literal_eval(literal("x", value, python=True))) == repr(value)


def test_a_value_is_spelled_as_itself_whatever_equal_value_was_spelled_before() -> None:
    values = [1, True, 1.0, "1", 0, False, 0.0, -0.0, "0", "-0.0"]
    spelled = [words({"x": value}) for value in [*values, *reversed(values)]]
    expected = [["--x=" + ("true" if v is True else "false" if v is False else str(v))] for v in values]
    assert spelled == [*expected, *reversed(expected)]
