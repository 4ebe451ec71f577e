"""`cvsweep logs`."""

from __future__ import annotations

import os

import pytest

from sweeper.cli import follow
from sweeper.cli.main import main
from sweeper.core.model import Cause


def test_a_log_is_printed_byte_for_byte(sweep, capfdbinary):
    """A log is printed byte for byte, whatever is in it."""
    raw = b"\x1b[31mred\x1b[0m \xff\xfe\r\nno newline at the end"
    sweep().complete(0, log=raw)
    assert main(["logs", "0"]) == 0
    assert capfdbinary.readouterr().out == raw


@pytest.mark.parametrize(
    "argv", [["digits-x", "1"], ["1"], ["--attempt", "2", "1"], ["digits-x", "--attempt", "2", "1"]]
)
def test_the_latest_attempt_of_the_newest_sweep_is_the_default(sweep, capsys, argv):
    """The latest attempt is the default, and the sweep may be named first or left out."""
    sweep().start(1, log=b"first\n").end(1, cause=Cause.ERROR, again=True).start(1, 2, log=b"second\n")
    assert main(["logs", *argv]) == 0
    assert capsys.readouterr().out == "second\n"


def test_an_earlier_attempt_can_be_asked_for(sweep, capsys):
    """--attempt prints an earlier attempt's log."""
    sweep().start(1, log=b"first\n").end(1, cause=Cause.ERROR, again=True).start(1, 2, log=b"second\n")
    main(["logs", "1", "--attempt", "1"])
    assert capsys.readouterr().out == "first\n"


def test_a_trial_can_be_named_by_its_key(sweep, capsys):
    """A trial can be named by the first letters of its key."""
    made = sweep().complete(2, log=b"two\n")
    main(["logs", made.state.trials[2].trial.key[:6]])
    assert capsys.readouterr().out == "two\n"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["0"], "trial 0 has not started yet; it is queued"),
        (["7"], "there is no trial '7'; they are numbered from 0 to 2"),
        (["1", "--attempt", "2"], "trial 1 has no attempt 2; its latest is 1"),
        (["1", "--attempt", "0"], "trial 1 has no attempt 0; its latest is 1"),
        (["nope", "1"], "there is no sweep 'nope'"),
    ],
)
def test_what_is_not_there_is_reported_in_one_line(sweep, capsys, argv, words):
    """What is not there is said in one line, and the exit code is 2."""
    sweep().complete(1)
    assert main(["logs", *argv]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"cvsweep: {words}")
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_no_log_is_reported_on_stderr(sweep, capsys):
    """An attempt that left no log is said to have left none."""
    sweep().start(0, log=None).end(0)
    assert main(["logs", "0"]) == 0
    assert capsys.readouterr().err == "attempt 1 of trial 0 in digits-x left no log\n"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/etc/passwd", path)])
def test_only_a_regular_file_is_a_log(sweep, capsys, make):
    """A pipe in a log's place does not block, and a link is not followed."""
    made = sweep().complete(0)
    made.log(0).unlink()
    make(made.log(0))
    assert main(["logs", "0"]) == 0
    assert capsys.readouterr().out == ""


def test_following_prints_what_comes_and_ends_with_the_attempt(sweep, capsys, monkeypatch):
    """-f prints what comes, down to what was written just before the attempt's end."""
    made = sweep().start(0, log=b"one\n")
    steps = [lambda: _append(made.log(0), b"two\n"), lambda: (_append(made.log(0), b"three"), made.end(0))]
    monkeypatch.setattr(follow.time, "sleep", lambda seconds: steps.pop(0)())
    monkeypatch.setattr(follow, "EVERY", 0.0)
    monkeypatch.setattr(follow._Watcher, "_pause", lambda self, took: 0.0)
    assert main(["logs", "-f", "0"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "one\ntwo\nthree"
    assert shown.err.count("no controller lives") == 1


def test_following_waits_for_a_log_that_is_not_there_yet(sweep, capsys, monkeypatch):
    """-f waits for the log of an attempt that is about to start."""
    made = sweep().start(0, log=None)

    def come(seconds: float) -> None:
        made.log(0).parent.mkdir(parents=True)
        made.log(0).write_bytes(b"here\n")
        made.end(0)

    monkeypatch.setattr(follow.time, "sleep", come)
    monkeypatch.setattr(follow._Watcher, "_pause", lambda self, took: 0.0)
    assert main(["logs", "-f", "0"]) == 0
    assert capsys.readouterr().out == "here\n"


def test_following_an_ended_attempt_just_prints_it(sweep, capsys):
    """-f of an attempt that has ended prints its log and ends."""
    sweep().complete(0, log=b"done\n")
    assert main(["logs", "-f", "0"]) == 0
    assert capsys.readouterr().out == "done\n"


def _append(path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
