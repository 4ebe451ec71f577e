"""What the program answers at a TAB, in this process."""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from importlib import import_module

import pytest

from sweeper.arguments import make_parser
from sweeper.cli.completion.answer import verbs
from sweeper.cli.completion.options import command_of
from sweeper.cli.main import VERBS, main
from sweeper.cli.parsers import parser_of
from sweeper.core.completion.candidates import KINDS
from sweeper.core.completion.command import wanted

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.fixture
def ask(project, monkeypatch):
    """The candidates of bash for a line, after a first line about paths."""

    def asked(line: str) -> list[str]:
        out = io.TextIOWrapper(io.BytesIO(), write_through=True)
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["__complete", "bash", BREAKS, line]) == 0
        return os.fsdecode(out.buffer.getvalue()).splitlines()

    return asked


def parser(verb: str) -> argparse.ArgumentParser:
    return parser_of(verb) if verb else make_parser()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_reads_its_command_line_with_the_parser_that_completion_knows(verb: str) -> None:
    module = import_module(f"sweeper.cli.verbs.{verb}")
    assert module.make_parser is import_module(f"sweeper.cli.parsers.{verb}").make_parser


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_every_option_that_is_in_the_help_is_completed(ask, verb: str) -> None:
    """And no other one."""
    line = f"cvsweep {verb} -".replace("  ", " ")
    shown = [a.option_strings for a in parser(verb)._actions if a.help != argparse.SUPPRESS]
    assert ask(line)[1:] == [name for names in shown for name in names]


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_completion_knows_every_kind_of_value_that_a_verb_takes(verb: str) -> None:
    """A value has choices, or a metavar that says what it is."""
    command = command_of(verb)
    kinds = {kind for option in command.options if not option.choices for kind in option.kinds}
    kinds |= {one.kind for one in (*command.positionals, wanted(command, (), "")) if not one.choices}
    assert not kinds - KINDS, "say in sweeper/core/completion/candidates.py what completes them"


def test_the_help_says_something_of_every_verb() -> None:
    assert all(verbs().values())


def test_verbs_are_offered_first_and_no_internal_name(ask) -> None:
    assert ask("cvsweep ") == ["", *VERBS]
    assert ask("cvsweep sta") == ["", "status"]


def test_sweeps_are_found_as_the_verbs_find_them_newest_first(ask, sweep, monkeypatch, project) -> None:
    for at, name in enumerate(("digits-a", "digits b", "other")):
        made = sweep(name)
        os.utime(made.paths.manifest, (at + 1, at + 1))
    assert ask("cvsweep status ") == ["", "other", "digits\\ b", "digits-a"]
    assert ask("cvsweep status dig") == ["", "digits\\ b", "digits-a"]
    assert ask("cvsweep results other 'dig") == ["", "digits b", "digits-a"]
    (project / "sweeps").rename(project / "else")
    assert ask("cvsweep status --root else oth") == ["", "other"]
    assert ask("cvsweep status --root=else oth") == ["", "other"]
    monkeypatch.setenv("CVSWEEP_ROOT", "else")
    assert ask("cvsweep logs oth") == ["", "other"]


def test_trials_and_columns_are_those_of_the_given_sweep(ask, sweep) -> None:
    made = sweep("x", trials=4).complete(0, acc=0.5).fail(1, "no").start(2)
    keys = [one.trial.key for one in made.state.trials]
    assert ask("cvsweep shell " + keys[0][:5]) == ["", keys[0]]
    assert ask("cvsweep results --sort a") == ["", "acc", "attempts"]
    assert ask("cvsweep results x --metric acc:m") == ["", "max", "min"]


def test_settings_are_those_that_can_change_of_the_given_sweep(ask, sweep) -> None:
    sweep("x")
    assert ask("cvsweep set x cl") == ["nospace", "cluster.max_parallel="]
    assert ask("cvsweep set results.mode=") == ["", "max", "min"]
    assert ask("cvsweep set x task") == [""]


def test_a_sweep_that_cannot_be_read_leaves_the_names_of_all(ask, sweep, project) -> None:
    sweep("good")
    (project / "sweeps" / "bad").mkdir()
    (project / "sweeps" / "bad" / "sweep.json").write_text("{")
    assert set(ask("cvsweep logs ")) == {"", "good", "bad"}


@pytest.mark.parametrize(
    "line",
    [
        "cvsweep nonsense ",
        "cvsweep status nope",
        "cvsweep logs nope ",
        "cvsweep results nope --sort ",
        "cvsweep -cd nowhere mod",
        "cvsweep lr='1",
        "cvsweep lr=(1 x",
        "cvsweep x",
        "cvsweep --nonsense ",
        "cvsweep results --pivot ",
        "cvsweep status --root /dev/null ",
    ],
)
def test_what_cannot_be_completed_is_silent(ask, capfd, line: str) -> None:
    """No folder of configurations, no sweep, half a word: nothing is shown, and the exit code is 0."""
    assert ask(line) in ([], [""])
    assert capfd.readouterr().err == ""


def test_a_failure_is_told_to_whoever_asks_for_it(ask, project, monkeypatch) -> None:
    monkeypatch.setenv("CVSWEEP_COMPLETION_LOG", str(project / "log"))
    assert ask("cvsweep -m lr") == []
    assert "UsageError: no configs folder here" in (project / "log").read_text()


@pytest.mark.parametrize("question", [[], ["bash"], ["csh", "x"], ["fish"]])
def test_a_question_of_another_version_is_answered_by_nothing(question, capsys) -> None:
    assert main(["__complete", *question]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["install=bash"], "complete -o nosort"),
        (["install=zsh"], "#compdef cvsweep"),
        (["uninstall=fish"], "complete -e -c cvsweep"),
        (["query=bash"], "status\n"),
    ],
)
def test_the_options_of_every_hydra_program_load_the_same(words, out, tiny, monkeypatch) -> None:
    monkeypatch.setenv("COMP_LINE", "cvsweep sta")
    result = tiny.run("-sc", *words)
    assert (result.code, result.err) == (0, "")
    assert out in result.out


def test_they_name_the_verb_where_they_are_wrong(tiny) -> None:
    assert tiny.run("-sc", "install=csh").err == (
        "cvsweep: -sc takes install=bash, zsh or fish (or uninstall=); the same is: cvsweep completion bash\n"
    )


def test_a_tab_imports_next_to_nothing(tmp_path) -> None:
    """Verbs need no parser; sweeps and options need neither Hydra nor pandas nor dataclasses of settings."""
    asked = """
import sys
from sweeper.cli.main import main
def ask(line):
    main(["__complete", "bash", " ", line])
    print(*sys.modules, flush=True)
ask("cvsweep st")
ask("cvsweep results --")
ask("cvsweep status ")
"""
    words = [sys.executable, "-c", asked]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    verb, *_, all_three = (set(line.split()) for line in done.stdout.splitlines() if " re " in line)
    assert not {"argparse", "dataclasses", "pathlib", "sweeper.store", "sweeper.core.mistyped"} & verb
    assert not {"hydra", "omegaconf", "pandas", "sweeper.core.settings", "sweeper.core.state"} & all_three
