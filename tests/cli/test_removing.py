"""cvsweep rm, clean and rename: what is shown, what is asked, what is refused."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from sweeper.cli import confirm
from sweeper.cli.main import main


class Terminal(io.StringIO):
    """A terminal on which somebody answers, or writes."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def monday(sweep, project):
    """A sweep in a project: one trial has completed and has left a checkpoint, another has failed."""
    made = sweep("monday").complete(0, acc=0.5).complete(1, acc=0.9).fail(2, "boom")
    for one in made.state.trials:
        place = Path(made.paths.trial(one.trial).checkpoints)
        place.mkdir()
        (place / "last.pt").write_bytes(b"x" * 5000)
    return made


@pytest.fixture
def answering(monkeypatch):
    """Lets somebody sit at a terminal who gives this answer; what is shown there."""

    def answer(text: str) -> Terminal:
        shown = Terminal()
        monkeypatch.setattr(confirm.sys, "stdin", Terminal(text))
        monkeypatch.setattr(confirm.sys, "stderr", shown)
        return shown

    return answer


def run_verb(capsys, *words: str) -> tuple[int, str]:
    return main(list(words)), capsys.readouterr().err


def test_what_would_go_is_shown_and_asked_for(monday, sweep, answering):
    """With counts and sizes, for all of them at once; whatever is no yes is a no."""
    sweep("tuesday")
    for answer in ("n\n", "\n", "", "yep\n"):
        shown = answering(answer)
        assert main(["rm", "monday", "tuesday", "monday"]) == 1
        text = shown.getvalue()
        assert f"{monday.paths.folder}: 3 trials: 2 completed, 1 failed; " in text
        assert "remove these 2 sweeps for good (" in text
        assert text.endswith("[y/N] nothing is removed\n")
    assert monday.state
    answering("Y\n")
    assert main(["rm", "monday", "tuesday"]) == 0
    assert os.listdir("sweeps") == []


@pytest.mark.parametrize("words", [["rm", "monday"], ["clean", "--checkpoints", "monday"]])
def test_without_a_terminal_nothing_goes_unless_it_is_confirmed_before(monday, capsys, monkeypatch, words):
    """A script that has forgotten -y removes nothing."""
    monkeypatch.setattr(confirm.sys, "stdin", io.StringIO("y\n"))
    code, err = run_verb(capsys, *words)
    assert code == 2
    assert f"cvsweep: {words[0]}: there is no terminal to ask on; -y removes it without asking" in err
    assert len(list(Path("sweeps").rglob("last.pt"))) == 3
    assert run_verb(capsys, *words, "-y")[0] == 0
    assert len(list(Path("sweeps").rglob("last.pt"))) == (0 if words[0] == "rm" else 1)


def test_whose_checkpoints_would_go_is_shown(monday, answering):
    """And whose stay."""
    shown = answering("y\n")
    assert main(["clean", "--checkpoints", "monday"]) == 0
    assert "monday: checkpoints of 1 completed, 1 failed: " in shown.getvalue()
    assert "in 2 files; those of trial 1, the best, stay\nremove them for good (" in shown.getvalue()
    assert said_removed(shown.getvalue())


def said_removed(text: str) -> bool:
    return text.splitlines()[-1].endswith("in 2 files")


def test_cleaning_twice_finds_nothing_more(monday, capsys):
    """And that is no mistake."""
    assert run_verb(capsys, "clean", "--checkpoints", "monday", "-y")[1].startswith("removed ")
    assert run_verb(capsys, "clean", "--checkpoints", "monday", "-y") == (
        0,
        "there are no checkpoints to remove\n",
    )


def test_one_that_cannot_be_removed_keeps_all_of_them(monday, sweep, capsys):
    """All are looked at before the first goes."""
    sweep("tuesday").start(0)
    code, err = run_verb(capsys, "rm", "monday", "tuesday", "-y")
    assert code == 2
    assert "sweep tuesday cannot be removed while trial 0 may still run" in err
    assert sorted(os.listdir("sweeps")) == ["monday", "tuesday"]


@pytest.mark.parametrize("damaged", ["manifest", "journal"])
def test_a_sweep_that_cannot_be_read_is_for_the_shell(monday, capsys, damaged):
    """Nobody can tell whether something of it runs: the line says how to remove it all the same."""
    Path(monday.paths.manifest if damaged == "manifest" else monday.paths.term(1)).write_text("{")
    code, err = run_verb(capsys, "rm", "monday", "-y")
    assert code == 3
    assert f"if nothing does: rm -r {monday.paths.folder}" in err
    assert os.path.exists(monday.paths.folder)


def test_what_a_killed_rm_has_left_is_reported_by_ls(monday, capsys):
    """It is no sweep, and takes up room."""
    os.mkdir("sweeps/.deleting-old-0123abcd")
    code, err = run_verb(capsys, "ls")
    assert code == 0
    assert "being removed when cvsweep rm was ended: sweeps/.deleting-old-0123abcd; its owner's next" in err


def test_a_sweep_elsewhere_is_renamed_where_it_lies(monday, capsys, tmp_path, monkeypatch):
    """By its path; and then it is not found under the old name."""
    monkeypatch.chdir("/")
    code, err = run_verb(capsys, "rename", monday.paths.folder, "baseline")
    new = Path(monday.paths.folder).with_name("baseline")
    assert (code, err) == (0, f"monday is called baseline now: {new}\n")
    assert main(["status", str(new)]) == 0
    assert main(["status", monday.paths.folder]) == 2


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["rm"], "rm: the following arguments are required: SWEEP"),
        (["rm", "tuesday", "-y"], "there is no sweep 'tuesday' in sweeps"),
        (["rm", "-rf", "monday"], "unrecognized arguments: -rf"),
        (["clean", "monday"], "clean: say what is to go: cvsweep clean --checkpoints SWEEP"),
        (["clean", "--checkpoints"], "clean: the following arguments are required: SWEEP"),
        (["rename", "monday"], "rename: the following arguments are required: NEWNAME"),
        (["rename", "monday", "sweeps/x"], "sweep.name must be at most 63 letters"),
        (["rename", "monday", "monday"], "sweep monday is called so already"),
    ],
)
def test_a_mistake_is_one_line_and_removes_nothing(monday, capsys, words, answer):
    """Exit code 2."""
    code, err = run_verb(capsys, *words)
    assert code == 2
    assert answer in err
    assert len(list(Path("sweeps/monday").rglob("last.pt"))) == 3
