"""cvsweep note and cvsweep tag."""

from __future__ import annotations

import json

import pytest

from sweeper.cli.main import main


@pytest.fixture
def monday(sweep, project):
    """A sweep in a project, with two trials that have completed."""
    return sweep("monday").complete(0, acc=0.5).complete(1, acc=0.9)


def run_verb(capsys, *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    return (code, *capsys.readouterr())


def test_a_note_on_the_sweep_is_in_ls_and_status(monday, capsys):
    """With all that would steer a terminal spelled out."""
    assert main(["note", "monday", "for the\npaper \x1b]0;x\x07"]) == 0
    assert "monday: for the\\npaper" in capsys.readouterr().err
    for verb in ("ls", "status"):
        out = run_verb(capsys, verb)[1]
        assert "for the\\npaper \\x1b]0;x" in out
        assert "\x1b" not in out


def test_notes_and_tags_of_trials_are_in_the_table(monday, capsys):
    """And only their trials are found by them."""
    assert main(["note", "monday", "1", "looks odd"]) == 0
    assert main(["tag", "monday", "0-1", "best", "v2"]) == 0
    assert main(["tag", "monday", "0", "-best"]) == 0
    capsys.readouterr()
    _, out, _ = run_verb(capsys, "results", "monday", "-o", "json", "--where", '"best" in tags')
    (row,) = json.loads(out)
    assert (row["trial"], row["tags"], row["note"]) == (1, ["best", "v2"], "looks odd")
    assert run_verb(capsys, "results", "monday", "--columns", "trial,tags")[1] == (
        "trial  tags\n    1  best, v2\n    0  v2\n    2\n"
    )
    assert "tagged: v2 (trials 0, 1), best (trial 1)" in run_verb(capsys, "status", "monday")[1]


def test_a_note_is_removed_by_an_empty_one(monday, capsys):
    """Then nothing shows that there was one."""
    before = run_verb(capsys, "ls", "-o", "json")[1]
    assert main(["note", "monday", "look"]) == 0
    assert "no note any more" in run_verb(capsys, "note", "monday", "")[2]
    assert run_verb(capsys, "ls", "-o", "json")[1].replace(" ", "")[:40] == before.replace(" ", "")[:40]
    assert "look" not in run_verb(capsys, "ls")[1]


def test_tags_of_the_sweep_itself_are_in_ls(monday, capsys):
    """A word that no trial's key begins with is a tag, though it is made of the letters of one."""
    assert run_verb(capsys, "tag", "monday", "paper", "deadbeef")[0] == 0
    (found,) = json.loads(run_verb(capsys, "ls", "-o", "json")[1])
    assert found["tags"] == ["paper", "deadbeef"]
    assert "monday: -paper" in run_verb(capsys, "tag", "monday", "-paper")[2]
    assert "deadbeef" in run_verb(capsys, "ls")[1]


def test_the_beginning_of_a_key_means_its_trial(monday, capsys):
    """As it does for every other verb."""
    key = monday.state.trials[1].trial.key
    assert main(["tag", "monday", key[:6], "best"]) == 0
    assert monday.folder.state().notes_and_tags.tags == {1: ("best",)}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["tag", "monday"], "tag: name a tag as well, as in: cvsweep tag NAME 3 best"),
        (["tag", "monday", "0"], "tag: name a tag as well"),
        (["tag", "monday", "7", "best"], "there is no trial '7'"),
        (["tag", "monday", "a,b"], "'a,b' cannot be a tag: a tag is at most 64 letters"),
        (["tag", "monday", "lr=0.1"], "'lr=0.1' cannot be a tag"),
        (["tag", "monday", "best", "-best"], "the tag best is given and taken away"),
        (["tag", "monday", "--drop", "best"], "unrecognized arguments: --drop"),
        (["note", "monday", "best", "look"], "there is no trial 'best'"),
        (["note", "monday", "7", "look"], "there is no trial '7'"),
        (["note", "monday", "x" * 3000], "a note has at most 2000 characters, and this one has 3000"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(monday, capsys, words, answer):
    """Exit code 2."""
    code, out, err = run_verb(capsys, *words)
    assert (code, out) == (2, "")
    assert answer in err
    assert monday.folder.state().notes_and_tags.tags == {}
    assert monday.folder.state().notes_and_tags.notes == {}
