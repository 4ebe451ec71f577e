"""summary.md, kept up to date while a sweep runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sweeper.app import summaries
from sweeper.app.events import ControllerLeft
from sweeper.app.summaries import Summaries
from sweeper.cli.printing import printing


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when it is told to."""
    now = [1000.0]
    monkeypatch.setattr(summaries.time, "monotonic", lambda: now[0])
    return now


def text(made):
    path = Path(made.paths.summary)
    return path.read_text() if path.exists() else ""


def test_it_is_there_when_a_sweep_has_ended(tiny):
    """A run leaves summary.md with its best trial and its failures, without being asked."""
    tiny.program(
        '[ "$x" = 2 ] && { echo "KeyError: x"; exit 1; }\n'
        'echo "{\\"v\\": $x}" > "$CVSWEEP_OUT/metrics.json"\n'
    )
    assert tiny.run("-m", "x=0,1,2", "sweep.name=x").code == 1
    found = (tiny.sweeps / "x" / "summary.md").read_text()
    assert "**3 trials: 2 completed, 1 failed** (finished" in found
    assert "Trial 1: **v = 1**, with x = 1" in found
    assert "- 1× error, trial 2: KeyError: x" in found


def test_it_is_written_at_once_and_then_at_most_twice_a_minute(sweep, clock):
    """What is new is taken in at once and written when the time has come."""
    made = sweep(trials=2)
    one = Summaries(made.folder, made.folder.read().records, printing())
    one.see([], made.state)
    assert "2 queued" in text(made)
    news = made.completion(0, acc=0.5)
    made.write(*news)
    one.see(news, made.state)
    assert "2 queued" in text(made)
    clock[0] += summaries.EVERY
    one.see([], made.state)
    assert "1 queued, 1 completed" in text(made)
    assert "run time of all attempts" in text(made)
    made.complete(1, acc=0.75)
    clock[0] += summaries.EVERY - 1
    one.see([], made.state)
    assert "1 queued" in text(made)
    one.write(made.state)
    assert "2 completed" in text(made)


def test_it_is_written_at_the_end_if_anything_is_new(sweep, clock):
    """What a controller leaves is the last state; what it says already is not written again."""
    made = sweep(trials=1)
    one = Summaries(made.folder, made.folder.read().records, printing())
    one.see([], made.state)
    Path(made.paths.summary).unlink()
    one(ControllerLeft(made.state))
    assert not text(made)
    news = made.completion(0, acc=0.5)
    made.write(*news)
    one.see(news, made.state)
    assert not text(made)
    one(ControllerLeft(made.state))
    assert "1 completed" in text(made)


def test_a_slow_volume_is_asked_less_often(sweep, clock, monkeypatch):
    """Writing takes a hundredth of the controller's time at most."""
    made = sweep(trials=1)
    one = Summaries(made.folder, [], printing())
    written = []

    def slow(*arguments, **options):
        written.append(clock[0])
        clock[0] += 2.0

    monkeypatch.setattr(summaries.atomic, "write", slow)
    for _ in range(300):
        clock[0] += 1.0
        one.see([], made.state)
    assert written == [1001.0, 1203.0]


def test_a_summary_that_cannot_be_written_is_reported_once_and_ends_nothing(sweep, capsys):
    """The sweep goes on where its summary cannot be written, and the reason is said a single time."""
    made = sweep(trials=1).complete(0, acc=0.5)
    Path(made.paths.summary).mkdir()
    one = Summaries(made.folder, made.folder.read().records, printing())
    one.write(made.state)
    one.write(made.state)
    assert capsys.readouterr().err == (
        f"summary.md is not kept up to date: writing {made.paths.summary}: Is a directory\n"
    )


def test_a_mistake_in_the_summary_ends_no_sweep(sweep, capsys, monkeypatch):
    """Even a summary that cannot be made at all is only said."""
    made = sweep(trials=1)

    def broken(facts):
        raise KeyError("lr")

    monkeypatch.setattr(summaries, "make_summary", broken)
    Summaries(made.folder, [], printing()).write(made.state)
    assert capsys.readouterr().err == "summary.md is not kept up to date: 'lr'\n"


def test_a_summary_needs_no_library():
    """Neither pandas nor plotly is imported for it."""
    code = (
        "import sys, sweeper.app.summaries; "
        "print([m for m in ('pandas', 'numpy', 'plotly', 'itables') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
