"""The placeholders of task.command; a near miss is refused and all other braces stay."""

from __future__ import annotations

import re
import shlex

import pytest

from sweeper.core.command import render_command
from sweeper.core.errors import UsageError
from sweeper.core.placeholders import gives_parameters, keys_in_words
from sweeper.core.settings import TaskSettings


def rendered(*words: str) -> str:
    return render_command(TaskSettings(command=["run", *words]), {"lr": 1}).removeprefix("exec run ")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("{params}", '"$CVSWEEP_PARAMS"'),
        ("{params.yaml}", '"$CVSWEEP_TRIAL_DIR"/params.yaml'),
        ("--config={params}", '--config="$CVSWEEP_PARAMS"'),
        ("--config={params.yaml}", '--config="$CVSWEEP_TRIAL_DIR"/params.yaml'),
        ("@{params},{out}/x y", '@"$CVSWEEP_PARAMS",' + '"$CVSWEEP_OUT"' + "'/x y'"),
    ],
)
def test_a_placeholder_of_a_path_may_be_part_of_a_word(word: str, text: str) -> None:
    assert rendered(word) == text


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("--config={parms}", "{params}"),
        ("{param}", "{params}"),
        ("{PARAMS}", "{params}"),
        ("{prams}", "{params}"),
        ("{paramss}", "{params}"),
        ("{parmas}", "{params}"),
        ("{parans}", "{params}"),
        ("{parameters}", "{params}"),
        ("{params.json}", "{params}"),
        ("{params.yml}", "{params.yaml}"),
        ("{params_yaml}", "{params.yaml}"),
        ("{arg}", "{args}"),
        ("{Args}", "{args}"),
        ("{agrs}", "{args}"),
        ("x {arguments}", "{args}"),
        ("{override}", "{overrides}"),
        ("{overides}", "{overrides}"),
        ("--ckpt={checkpoint}/last", "{checkpoints}"),
        ("{check-points}", "{checkpoints}"),
        ("{checkpoint_dir}", "{checkpoints}"),
        ("--dir={Out}", "{out}"),
        ("{outs}", "{out}"),
        ("{output}", "{out}"),
        ("{out-dir}", "{out}"),
        ("{codes}", "{code}"),
        ("train.py --config {parms} --dir {out}", "{params}"),
    ],
)  # fmt: skip
def test_a_near_miss_is_refused_with_what_was_meant(word: str, meant: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f": did you mean {meant}?")):
        rendered(word)


@pytest.mark.parametrize(
    "word",
    [
        "{}", "{print}", "{print $1}", "{a,b}", "${HOME}", "${out}", "${arg}", "{{out_dir}}", "{{ param }}",
        "{lr}", "{model}", "{mode}", "{node}", "{name}", "{epoch}-{val_loss:.2f}", "{0}", "{:>8}",
        '{"args": 1}', '{"a": {"b": 2}}', "%{http_code}", "%{outs}", "#{param}", r"\{param\}", "{out }",
        "import sys; print(f'{arg}')", 'rf"{output}"', "'{param}'.format(param=1)", "a{1..3}", "f(){ arg; }",
        "{ut}", "{argument_parser}", "{host}", "{seed}",
    ],
)  # fmt: skip
def test_other_braces_are_literal(word: str) -> None:
    assert shlex.split(rendered(word)) == [word]


@pytest.mark.parametrize(
    ("command", "given"),
    [
        (["run", "{args}"], True),
        (["run", "{overrides}"], True),
        (["run", "--config={params}"], True),
        (["run", "--config={params.yaml}"], True),
        (["run", "{out}", "{code}", "{checkpoints}"], False),
    ],
)
def test_a_command_gives_its_parameters_or_not(command: list[str], given: bool) -> None:
    assert gives_parameters(command) is given


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["train.py", "--lr=0.01", "--amp=True", "exp-mlp-8"], {"lr", "amp", "net.kind", "net.width"}),
        (["train.py", "--lr", "0.01"], {"lr"}),
        (["train.py", "--lr=10.01", "--lr=0.011", "mlps"], set()),
    ],
)
def test_a_parameter_is_in_the_command_if_its_value_is(words: list[str], named: set[str]) -> None:
    """As what `${lr}` has become: a part of a word, and not of another number or name."""
    params = {"lr": 0.01, "amp": True, "net": {"kind": "mlp", "width": 8}, "wd": None}
    assert keys_in_words(words, params) == named
