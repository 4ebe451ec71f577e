"""Parameters reach the program byte for byte, under every shell that may run them."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.hydra_override_text import hydra_word
from sweeper.core.model import canonical_json
from sweeper.core.settings import TaskSettings
from sweeper.core.values import render_value

SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}


def task(*command: str, style: str = "argparse") -> TaskSettings:
    return TaskSettings(command=list(command or ["run", "{args}"]), args_style=style)


def words(params: Mapping[str, Any], style: str = "argparse") -> str:
    """The rendered arguments, without `exec run`."""
    return render_command(task(style=style), params).removeprefix("exec run").strip()


# --- the written table -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "argparse", "hydra", "env"),
    [
        ({"lr": 0.001}, "--lr=0.001", "lr=0.001", "export lr='0.001'"),
        ({"lr": 1e-05}, "--lr=1e-05", "lr=1e-05", "export lr='1e-05'"),
        ({"name": "a b"}, "'--name=a b'", "'name='\"'\"'a b'\"'\"''", "export name='a b'"),
        ({"amp": True}, "--amp=true", "amp=true", "export amp='true'"),
        ({"amp": False}, "--amp=false", "amp=false", "export amp='false'"),
        ({"wd": None}, "", "wd=null", "unset wd"),
        ({"dims": [8, 16]}, "--dims 8 16", "'dims=[8,16]'", "export dims='[8,16]'"),
        ({"dims": []}, "--dims", "'dims=[]'", "export dims='[]'"),
        ({"opt": {"lr": 1}}, "--opt.lr=1", "opt.lr=1", "export opt_lr='1'"),
        ({"batch_size": 8}, "--batch_size=8", "batch_size=8", "export batch_size='8'"),
        ({"x": -1}, "--x=-1", "x=-1", "export x='-1'"),
        ({"x": ""}, "--x=", "'x='\"'\"''\"'\"''", "export x=''"),
    ],
)
def test_each_row_of_the_table_holds(params: dict[str, Any], argparse: str, hydra: str, env: str) -> None:
    assert words(params) == argparse
    assert words(params, "hydra") == hydra
    assert render_command(task(style="env"), params) == f"{env}\nexec run"
    assert words(params, "json") == f"'{canonical_json(params)}'"


def test_a_hyphen_stays_and_cannot_be_a_variable() -> None:
    assert words({"batch-size": 8}) == "--batch-size=8"
    assert words({"batch-size": 8}, "hydra") == "batch-size=8"
    with pytest.raises(UsageError, match=r"'batch-size' cannot be an environment variable"):
        words({"batch-size": 8}, "env")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("as it is", "as it is"),
        (True, "true"),
        (3, "3"),
        (3.0, "3.0"),
        (1e-3, "0.001"),
        (math.inf, "inf"),
        ([1, "a"], '[1,"a"]'),
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
    ],
)
def test_a_value_has_one_text(value: Any, text: str) -> None:
    assert render_value(value) == text


# --- the template ------------------------------------------------------------------------------


def test_placeholders_are_expanded_in_the_template_alone() -> None:
    text = render_command(
        task("run", "--dir={out}/tb", "{code}", "{checkpoints}/x y", "{args}"), {"x": "{out} {args}"}
    )
    assert text == (
        'exec run --dir="$CVSWEEP_OUT"/tb "$CVSWEEP_CODE" "$CVSWEEP_CHECKPOINT_DIR"\'/x y\' '
        "'--x={out} {args}'"
    )


def test_everything_else_in_the_template_is_literal() -> None:
    literal = ["$HOME", "{lr}", "{{x}}", "`id`", "it's", "", "~", "{out }"]
    assert received("bash", task("printf", "%s\\0", *literal), [{}]) == [literal]


def test_args_inside_a_longer_word_is_refused() -> None:
    with pytest.raises(UsageError, match=r"\{args\} must be a word of its own"):
        render_command(task("sh", "-c", "run {args}"), {"lr": 1})


OVERRIDES = ["model=cnn", "name='a b'", "+db=x", "~old", "dims=[8,16]", "x='{args} ${y}'"]


@pytest.mark.parametrize("style", ["argparse", "hydra", "json", "overrides"])
def test_overrides_reach_a_hydra_program_as_they_were_typed(style: str) -> None:
    command = task("printf", "%s\\0", "{overrides}", "last", style=style)
    text = render_command(command, {"model": {"width": 8}}, OVERRIDES)
    assert run_in("bash", text).decode().split("\0")[:-1] == [*OVERRIDES, "last"]


def test_args_means_overrides_in_the_style_of_that_name() -> None:
    params = {"model": {"width": 8}}
    as_args = render_command(task("run", "{args}", style="overrides"), params, OVERRIDES)
    assert as_args == render_command(task("run", "{overrides}"), params, OVERRIDES)
    assert as_args.startswith("exec run model=cnn 'name='")


def test_a_program_that_gets_overrides_may_have_variables_as_well() -> None:
    text = render_command(task("run", "{overrides}", style="env"), {"lr": 1}, ["lr=1"])
    assert text == "export lr='1'\nexec run lr=1"


def test_without_overrides_there_is_no_word() -> None:
    assert render_command(task("run", "{overrides}", "x"), {"lr": 1}) == "exec run x"


@pytest.mark.parametrize("style", ["argparse", "overrides"])
def test_parameters_are_not_given_twice(style: str) -> None:
    with pytest.raises(UsageError, match=r"\{args\} and \{overrides\} both give the parameters"):
        render_command(task("run", "{args}", "{overrides}", style=style), {"lr": 1})


def test_overrides_inside_a_longer_word_are_refused() -> None:
    with pytest.raises(UsageError, match=r"\{overrides\} must be a word of its own, not part of 'run \{ov"):
        render_command(task("sh", "-c", "run {overrides}"), {"lr": 1}, ["lr=1"])


@pytest.mark.parametrize("text", ["x=a\0b", "x=" + "y" * 140_000])
def test_an_override_that_no_program_can_receive_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="parameter x"):
        render_command(task("run", "{overrides}"), {}, [text])


def test_a_task_without_a_command_says_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"set task\.command"):
        render_command(TaskSettings(), {})


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["argparse", "hydra", "env", "json"])
@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"bad": "a\0b"}, "bad"),
        ({"bad": "\ud800"}, "bad"),
        ({"a": {"bad": ["x", "\0"]}}, "a.bad"),
        ({"a": {"b\0": 1}}, r"a\.b"),
        ({"bad": b"x"}, "bad: a bytes"),
    ],
)
def test_what_no_program_can_receive_is_refused_under_its_name(
    style: str, params: dict[str, Any], key: str
) -> None:
    with pytest.raises(UsageError, match=key):
        words(params, style)


@pytest.mark.parametrize(
    ("style", "params", "message"),
    [
        ("argparse", {"x": ["-a"]}, "argparse would take the list's value '-a' for an option"),
        ("argparse", {"x": [None]}, "a list that holds null"),
        ("argparse", {"x": [[1]]}, r"a list that holds \[1\]"),
        ("argparse", {"a=b": 1}, "holds '='"),
        ("argparse", {"a": {"b": 1}, "a.b": 2}, r"both be written 'a\.b'"),
        ("env", {"a": {"b": 1}, "a_b": 2}, "both be written 'a_b'"),
        ("env", {"CVSWEEP_OUT": 1}, "cvsweep keeps"),
        ("env", {"UID": 1}, "the shell keeps"),
        ("hydra", {"a b": 1}, "cannot name this key"),
        ("hydra", {"x": [{"1": 2}]}, "no spelling for the key '1'"),
        ("hydra", {"x": "???"}, "missing value"),
        ("json", {"x": "y" * 140_000}, "more than one argument can hold"),
        ("argparse", {"x": "é" * 70_000}, "more than one argument can hold"),
        ("fire", {"x": 1}, "args_style is one of"),
    ],
)
def test_what_a_style_cannot_say_is_refused(style: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        words(params, style)


def test_negative_numbers_in_a_list_are_what_argparse_takes() -> None:
    assert words({"x": [-1, -0.5]}) == "--x -1 -0.5"


# --- real shells -------------------------------------------------------------------------------

HOSTILE = st.sampled_from(
    [
        "$(touch x)", "`id`", "a'b\"c", "'; exit 1; '", "two\nlines\n", "\ttab ", "-rf", "--", "*", "~", "!x",
        "a=b", "a,b", "\\", "\\'", "'\\", "${HOME}", "{out}", "\x01\x7f\x81\x88", "é😀\u202e", "#",
        "a" * 10_000, "",
    ]
)  # fmt: skip
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40) | HOSTILE
SCALAR = st.one_of(TEXT, st.integers(), st.floats(), st.booleans(), st.none())
NAMES = st.from_regex(r"p_[a-z]{1,4}", fullmatch=True)
VALUES = SCALAR | st.lists(SCALAR, max_size=3) | st.dictionaries(NAMES, SCALAR, max_size=2)
BATCHES = st.lists(st.dictionaries(NAMES, VALUES, max_size=5), min_size=20, max_size=30)
QUICK = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
END = "(the end)"


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(SHELLS[name][0]) is None:
        pytest.skip(f"no {name} here")
    return name


def run_in(shell: str, text: str) -> bytes:
    done = subprocess.run([*SHELLS[shell], "-s"], input=text.encode(), check=True, capture_output=True)
    assert done.stderr == b""
    return done.stdout


def received(shell: str, command: TaskSettings, batch: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """What each command of the batch wrote, NUL behind each word; one shell runs them all."""
    script = [f"(\n{render_command(command, params)}\n)\nprintf '%s\\0' '{END}'" for params in batch]
    runs = run_in(shell, "\n".join(script)).decode().split(f"{END}\0")
    return [run.split("\0")[:-1] for run in runs[:-1]]


def leaves(params: Mapping[str, Any], joint: str) -> Iterator[tuple[str, Any]]:
    for key, value in params.items():
        if isinstance(value, dict):
            yield from ((f"{key}{joint}{inner}", leaf) for inner, leaf in leaves(value, joint))
        else:
            yield key, value


def acceptable(style: str, params: Mapping[str, Any]) -> bool:
    try:
        words(params, style)
    except UsageError:
        return False
    return True


def wanted_words(style: str, params: Mapping[str, Any]) -> list[str]:
    """The table once more, without any quoting."""
    if style == "json":
        return [canonical_json(params)]
    found = []
    for key, value in leaves(params, "."):
        if style == "hydra":
            found.append(hydra_word(key, value))
        elif isinstance(value, list):
            found += [f"--{key}", *map(render_value, value)]
        elif value is not None:
            found.append(f"--{key}={render_value(value)}")
    return found


@pytest.mark.parametrize("style", ["argparse", "hydra", "json"])
@QUICK
@given(batch=BATCHES)
def test_arguments_arrive_byte_for_byte(shell: str, style: str, batch: list[dict[str, Any]]) -> None:
    batch = [params for params in batch if acceptable(style, params)]
    command = task("printf", "%s\\0", "first", "{args}", style=style)
    found = received(shell, command, batch)
    assert found == [["first", *wanted_words(style, params)] for params in batch]


@QUICK
@given(batch=BATCHES)
def test_variables_arrive_byte_for_byte(shell: str, batch: list[dict[str, Any]]) -> None:
    batch = [params for params in batch if acceptable("env", params)]
    found = received(shell, task("env", "-0", "{args}", style="env"), batch)
    wanted = [{k: render_value(v) for k, v in leaves(params, "_") if v is not None} for params in batch]
    assert [dict(line.split("=", 1) for line in run if line.startswith("p_")) for run in found] == wanted


def test_a_null_hides_an_inherited_variable(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("p_wd", "inherited")
    assert b"p_wd" not in run_in(shell, render_command(task("env", style="env"), {"p_wd": None}))
