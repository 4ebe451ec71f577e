"""`cvsweep resume`: on with what was interrupted."""

from __future__ import annotations

import signal

from sweeper.core.model import Status
from tests.cli.tiny import GATED


def test_finished_trials_stay_and_all_others_run(tiny, until):
    """After an interruption resume runs what is left, and the newest sweep is meant."""
    tiny.program(GATED)
    process = tiny.start("-m", "x=range(4)", "sweep.name=x")
    until(lambda: tiny.running() == 2)
    tiny.go()
    until(lambda: tiny.count(Status.COMPLETED) >= 1)
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    result = tiny.run("resume")
    assert result.code == 0
    assert result.err.startswith("x: taking it up where it stands\n")
    assert [(row["v"], row["attempts"]) for row in tiny.rows()] == [(0, 1), (1, 1), (2, 1), (3, 1)]


def test_a_finished_sweep_shows_its_table(tiny):
    """Resuming a finished sweep runs nothing and shows the table."""
    ended = tiny.run("-m", "x=1,2", "sweep.name=x")
    result = tiny.run("resume", "x")
    assert (result.code, result.out) == (0, ended.out)
    assert [row["attempts"] for row in tiny.rows()] == [1, 1]


def test_a_sweep_is_meant_by_its_path_from_anywhere(tiny, monkeypatch):
    """A path means a sweep from any folder, and what to type next is right there."""
    tiny.run("x=1", "sweep.name=x")
    monkeypatch.chdir("/")
    result = tiny.run("resume", str(tiny.sweeps / "x"))
    assert result.code == 0
    assert result.err.endswith(f"next: cvsweep results {tiny.sweeps}/x -o csv\n")


def test_trials_run_in_the_project_wherever_resume_is_typed(tiny, monkeypatch):
    """A trial that is run by a resume from elsewhere still runs in its project."""
    tiny.program("cat no-such-file\n")
    tiny.run("x=1", "sweep.name=x")
    (tiny.folder / "no-such-file").touch()
    monkeypatch.chdir("/")
    assert tiny.run("retry", str(tiny.sweeps / "x")).code == 0


def test_what_is_no_sweep_is_one_line(tiny):
    """A wrong name is one line that names the sweeps that are there."""
    tiny.run("x=1", "sweep.name=x")
    result = tiny.run("resume", "y")
    assert result.code == 2
    assert result.err == "cvsweep: there is no sweep 'y' in sweeps (the newest there: x); see: cvsweep ls\n"


def test_its_help_teaches(tiny):
    """The help has examples, says what becomes of which trials, and what --take-over is for."""
    out = tiny.run("resume", "--help").out
    assert "cvsweep resume --detach NAME" in out
    assert "running ones are taken over" in out
    assert "--take-over" in out
