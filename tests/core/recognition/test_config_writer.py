"""The rest of the configuration: where a trial writes, the results, and the command that varies something."""

from __future__ import annotations

import re

import pytest
import yaml

from sweeper.core.recognition.config_writer import project_config
from sweeper.core.recognition.model import Option, OptionKind, Program

HEAD = ["python", "train.py"]


def command(*options: Option, **about) -> tuple[str, ...]:
    return project_config(Program("argparse", options, **about), HEAD, "train.py", {}).command[2:-1]


@pytest.mark.parametrize(
    ("option", "word"),
    [
        (Option("output_dir"), "--output_dir={out}"),
        (Option("trainer.Log-Dir", default="logs"), "--trainer.Log-Dir={out}"),
        (Option("save_dir", required=True), "--save_dir={out}"),
        (Option("ckpt_dir", default="x"), "--ckpt_dir={checkpoints}"),
        (Option("ckpt_dir", required=True), "--ckpt_dir={checkpoints}"),
        (Option("out", default="runs"), "--out={out}"),
        (Option("out", default="."), "--out={out}"),
        (Option("output", default="runs/model.pt"), "--output={out}/model.pt"),
    ],
)
def test_an_option_that_says_where_to_write_points_into_the_trials_folder(option, word):
    """It is no parameter then: trials share no folder."""
    written = project_config(Program("argparse", (option,)), HEAD, "train.py", {})
    assert written.command[2:-1] == (word,)
    assert written.keys == {}
    assert written.remarks == (f"each trial writes into its own folder, by {word}",)


@pytest.mark.parametrize(
    "option",
    [
        Option("ckpt_dir"),
        Option("out"),
        Option("out", required=True),
        Option("outer", default="x"),
        Option("output_dir", OptionKind.LIST, ["x"]),
        Option("output_dir", reason="it cannot be given"),
    ],
)
def test_another_option_stays_a_parameter(option):
    """A checkpoint that is not asked for, or a name that says something else."""
    assert command(option) == ()


def test_an_environment_variable_is_no_word_of_the_command():
    """The folder would have to be a value."""
    program = Program("environment variables", (Option("OUT_DIR", default="x"),), style="env")
    assert project_config(program, HEAD, "train.py", {}).keys == {"OUT_DIR": "x"}


def test_an_empty_list_that_is_repeated_is_left_to_the_program():
    """There is nothing to repeat."""
    program = Program("click", (Option("tag", OptionKind.REPEATED, []),), {"list": "repeat"})
    assert project_config(program, HEAD, "train.py", {}).keys == {"tag": None}


@pytest.mark.parametrize(
    ("results", "lines"),
    [
        ({"metric": "acc", "reader": "log"}, ["results:", "  metric: acc", "  reader: log"]),
        (
            {"reader": "log", "": "metric: a  # words"},
            ["results:", "  reader: log", "  # metric: a  # words"],
        ),
        ({"": "metric: a  # words"}, ["# results: {metric: a}  # words"]),
        ({}, []),
    ],
)
def test_results_are_written_as_they_are_given(results, lines):
    """What has no key is a comment."""
    text = project_config(Program("argparse"), HEAD, "train.py", results).text
    assert text.splitlines()[4:] == lines


def test_the_configuration_of_a_hydra_app_copies_no_key():
    """It composes the app's own, which has to be quoted if YAML has another idea of its name."""
    program = Program("Hydra", app=("conf", "config"))
    written = project_config(program, HEAD, "train.py", {"metric": "acc"})
    assert written.text.splitlines()[3:] == [
        "defaults: [config, _self_]",
        "task:",
        '  command: [python, train.py, "{overrides}"]',
        "results:",
        "  metric: acc",
    ]
    odd = project_config(Program("Hydra", app=("conf", "on")), HEAD, "train.py", {})
    assert 'defaults: ["on", _self_]' in odd.text


@pytest.mark.parametrize(
    ("options", "example"),
    [
        ([Option("seed", default=1), Option("opt.LR", default=0.3)], "opt.LR=0.1,0.01"),
        ([Option("seed", default=1), Option("learning_rate")], "learning_rate=0.1,0.01"),
        ([Option("lr", required=True), Option("data", required=True)], "lr=0.1,0.01 data=VALUE"),
        ([Option("name", default="x"), Option("seed", default=3)], "seed=3,6"),
        ([Option("seed", default=0)], "seed=0,1"),
        ([Option("on", default=True), Option("amp", OptionKind.FLAG, False)], "amp=true,false"),
        ([Option("name", default="x")], ""),
        ([Option("name", default="x"), Option("data", required=True)], "data=VALUE"),
    ],
)
def test_the_example_varies_the_learning_rate_or_the_first_number(options, example):
    """And names what needs a value."""
    program = Program("argparse", tuple(options))
    assert project_config(program, HEAD, "train.py", {}).example == example


def test_words_are_quoted_if_yaml_needs_it():
    """A word with both kinds of quotes is escaped."""
    written = project_config(Program("x", words=("a b", 'it\'s "x"', "1", "-m")), HEAD, "train.py", {})
    assert '[python, train.py, "a b", "it\'s \\"x\\"", "1", "-m", "{args}"]' in written.text


COMMENT = re.compile(r" *# (\"?)[\w?.-]+\1:.*")


@pytest.mark.parametrize(
    "results", [{"": "metric: NAME  # words"}, {"reader": "log", "": "file: a.csv  # words"}]
)
@pytest.mark.parametrize("style", ["argparse", "env", "hydra"])
def test_a_setting_in_a_comment_is_valid_without_its_mark(results, style):
    """Each alone, below whatever section it stands in; its remark stays a remark."""
    options = [
        Option("task", default=1),
        Option("2d", default=1),
        Option("api_key", default=1),
        Option("on", reason="it is odd: add it"),
        Option("unknown", known=False),
        Option("data", required=True),
        Option("opt.lr", default=1),
        Option("opt.a", reason="it is odd: add it"),
        Option("none.b", reason="it is odd: add it"),
    ]
    remark = "nothing can vary yet: write lr: 0.1 into this file"
    program = Program("argparse", tuple(options), {"none": "python"}, style, remarks=(remark,))
    lines = project_config(program, HEAD, "train.py", results).text.splitlines()
    found = [at for at, line in enumerate(lines) if COMMENT.fullmatch(line)]
    assert len(found) >= 6
    before = yaml.safe_load("\n".join(lines))
    for at in found:
        group = "# none:" if lines[at].startswith("  # b:") else ""  # a group of comments is one comment
        text = [line.replace("# ", "", 1) if line in (lines[at], group) else line for line in lines]
        after = yaml.safe_load("\n".join(text))
        assert before != after
        assert "words" not in str(after)
        assert "odd" not in str(after)
