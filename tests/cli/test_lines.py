"""A run without a terminal says one plain line per change."""

from __future__ import annotations

import re

import pytest

from sweeper.cli.lines import PlainLines, describe
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import (
    Added,
    Ended,
    Launched,
    Launching,
    Paused,
    Resumed,
    Stopping,
    Voided,
    Wished,
)
from sweeper.core.snapshot import snapshot
from sweeper.core.state import State

TRIALS = [Trial(index, f"key{index}", {}, "exec true", time_limit=90.0) for index in range(4)]
STATE = State().apply_all(map(Added, TRIALS))
FIRST, SECOND = Attempt(1, 1), Attempt(1, 2)


def ended(cause=Cause.ERROR, error="", again=False, **metrics):
    outcome = Outcome(cause, 75.0, 0.0, 1, metrics=metrics, error=error)
    return Ended(FIRST, "uid", outcome, again, 2.5 if again else 0.0)


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (Launching(FIRST, 0.0), ""),
        (Launched(FIRST, "uid"), "trial 1 started"),
        (Launched(SECOND, "uid"), "trial 1 started, attempt 2"),
        (ended(Cause.COMPLETED), "trial 1 completed in 1m15s"),
        (ended(Cause.COMPLETED, acc=0.5), "trial 1 completed in 1m15s (acc=0.5)"),
        (ended(Cause.COMPLETED, loss=0.5), "trial 1 completed in 1m15s"),
        (ended(Cause.CANCELLED), "trial 1 was cancelled"),
        (ended(error="x: \x1b[2J\x07"), "trial 1 failed (error): x: \\x1b[2J\\x07"),
        (ended(Cause.OOM, "too big", again=True), "trial 1 failed (oom): too big; again in 2.5s"),
        (Stopping(FIRST, Cause.DEADLINE), "trial 1 has run for 1m30s, its limit: ending it"),
        (Stopping(FIRST, Cause.CANCELLED), ""),
        (Voided(FIRST, "no room"), "trial 1 goes back to the queue: no room"),
        (Paused("all alike: \n"), "paused: all alike: \\n"),
        (Resumed(), "no longer paused"),
        (Wished("w", "cancel"), "cancelling everything"),
        (Wished("w", "cancel", (0, 1, 3)), "cancelling trials 0, 1, 3"),
        (Wished("w", "retry", (0,)), ""),
    ],
)
def test_every_record_has_its_words(record, line):
    """What matters to a person is said in one harmless line, and what does not is not said."""
    assert describe(record, STATE, "acc") == line


def test_a_line_has_the_time_and_how_much_is_done(capsys):
    """Each line begins with the time and with how many trials have ended, of how many."""
    state = State().apply_all([*map(Added, TRIALS), Launching(FIRST, 0.0), ended(Cause.COMPLETED)])
    PlainLines(None)([ended(Cause.COMPLETED)], state, snapshot(state, 0.0, 1))
    said = capsys.readouterr()
    assert re.fullmatch(r"\d\d:\d\d:\d\d \[1/4\] trial 1 completed in 1m15s\n", said.err)
    assert said.out == ""


def test_many_points_added_at_once_are_one_line(capsys):
    """A thousand new points are not a thousand lines."""
    PlainLines(None)([*map(Added, TRIALS[1:]), Wished("w", "add")], STATE, snapshot(STATE, 0.0, 1))
    assert capsys.readouterr().err.endswith(" [0/4] added trials 1-3\n")
