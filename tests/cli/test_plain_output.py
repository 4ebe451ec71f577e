"""A run without a terminal says one plain line per change."""

from __future__ import annotations

import re

import pytest

from sweeper.cli.plain_output import PlainLines, describe
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import (
    Abandoned,
    Added,
    Collected,
    Ended,
    Granted,
    Launched,
    Launching,
    Paused,
    Resumed,
    Stopping,
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
        (Launched(FIRST, "uid", pending=True), "trial 1 submitted"),
        (Launched(SECOND, "uid", pending=True), "trial 1 submitted, attempt 2"),
        (Launched(FIRST, "uid", "gpu-7"), "trial 1 started on gpu-7"),
        (Launched(SECOND, "uid", "gpu\x1b[2J"), "trial 1 started on gpu\\x1b[2J, attempt 2"),
        (ended(Cause.COMPLETED), "trial 1 completed in 1m15s"),
        (ended(Cause.COMPLETED, acc=0.5), "trial 1 completed in 1m15s (acc=0.5)"),
        (ended(Cause.COMPLETED, acc=0.1 + 0.2), "trial 1 completed in 1m15s (acc=0.3)"),
        (ended(Cause.COMPLETED, loss=0.5), "trial 1 completed in 1m15s"),
        (ended(Cause.CANCELLED), "trial 1 was cancelled"),
        (ended(error="x: \x1b[2J\x07"), "trial 1 failed (error): x: \\x1b[2J\\x07"),
        (ended(Cause.OOM, "too big", again=True), "trial 1 failed (oom): too big; again in 2.5s"),
        (
            ended(Cause.DELETED, "its pod was deleted", again=True),
            "trial 1 goes back to the queue (deleted): its pod was deleted; again in 2.5s",
        ),
        (ended(Cause.DELETED, "its pod was deleted"), "trial 1 failed (deleted): its pod was deleted"),
        (Stopping(FIRST, Cause.DEADLINE), "trial 1 has run for 1m30s, its limit: ending it"),
        (Stopping(FIRST, Cause.CANCELLED), ""),
        (Stopping(FIRST, Cause.IMAGE, "no x:1\x07"), "trial 1 is being ended (image): no x:1\\x07"),
        (Abandoned(FIRST, "no room"), "trial 1 goes back to the queue: no room"),
        (Abandoned(FIRST, "403: \x1b[2J"), "trial 1 goes back to the queue: 403: \\x1b[2J"),
        (Paused("all alike: \n"), "paused: all alike: \\n"),
        (Resumed(), "no longer paused"),
        (Granted("w", "cancel"), "cancelling everything"),
        (Granted("w", "cancel", (0, 1, 3)), "cancelling trials 0, 1, 3"),
        (Granted("w", "retry", (0,)), ""),
        (Granted("w", "collect"), "results were read again"),
        (Collected(FIRST, Cause.COMPLETED, {"acc": 0.5}), "trial 1 was read again: completed (acc=0.5)"),
        (
            Collected(FIRST, Cause.BAD_RESULT, {}, "no JSON \x07"),
            "trial 1 was read again: failed (bad_result): no JSON \\x07",
        ),
        (
            Collected(FIRST, Cause.COMPLETED, {}, kept="gone \x07"),
            "trial 1 could not be read again and keeps what was recorded: gone \\x07",
        ),
    ],
)
def test_every_record_has_its_line(record, line):
    """What matters to a person is said in one harmless line, and what does not is not said."""
    assert describe(record, STATE, "acc") == line


@pytest.mark.parametrize(
    ("wall", "message"),
    [(1.0, "again in 1.5s"), (2.5, "again now"), (9.0, "again now"), (-9.0, "again in 2.5s")],
)
def test_the_pause_before_a_retry_counts_from_the_end_of_the_attempt(wall, message):
    """An end that is seen a second late leaves a second less to wait, also if the clock was set back."""
    assert describe(ended(again=True), STATE, wall=wall).endswith(f"; {message}")


def test_a_line_has_the_time_and_how_much_is_done(capsys):
    """Each line begins with the time and with how many trials have ended, of how many."""
    state = State().apply_all([*map(Added, TRIALS), Launching(FIRST, 0.0), ended(Cause.COMPLETED)])
    PlainLines(None)([ended(Cause.COMPLETED)], state, snapshot(state, 0.0, 1))
    captured = capsys.readouterr()
    assert re.fullmatch(r"\d\d:\d\d:\d\d \[1/4\] trial 1 completed in 1m15s\n", captured.err)
    assert captured.out == ""


def test_many_points_added_at_once_are_one_line(capsys):
    """A thousand new points are not a thousand lines."""
    PlainLines(None)([*map(Added, TRIALS[1:]), Granted("w", "add")], STATE, snapshot(STATE, 0.0, 1))
    assert capsys.readouterr().err.endswith(" [0/4] added trials 1-3\n")


def test_what_never_came_to_be_was_cancelled_too(capsys):
    """An attempt that was cancelled before it existed does not go back to the queue."""
    records = [Launching(FIRST, 0.0), Granted("w", "cancel", (1,)), Abandoned(FIRST, "it was withdrawn")]
    state = State().apply_all([*map(Added, TRIALS), *records])
    assert describe(records[-1], state) == "trial 1 was cancelled"


def said_of(capsys, *looks):
    """What is said at each look: a time and the notes that hold then."""
    lines, messages = PlainLines(None), []
    for wall, *notes in looks:
        lines([], STATE, snapshot(STATE, wall, 1, notes))
        messages.append([line.split("] ", 1)[1] for line in capsys.readouterr().err.splitlines()])
    return messages


def test_a_note_is_reported_when_it_first_appears(capsys):
    """As long as it stays it is not said again, however long that is."""
    looks = [(float(second), "no quota") for second in range(0, 300, 20)]
    assert said_of(capsys, *looks) == [["no quota"], *[[]] * 14]


def test_a_note_that_comes_back_within_a_minute_is_not_repeated(capsys):
    """What comes and goes is said once; what comes back later is news again."""
    looks = [(0.0, "a"), (1.0, "b"), (50.0, "a", "b"), (51.0,), (109.0, "a"), (111.0, "b"), (169.0, "a", "a")]
    assert said_of(capsys, *looks) == [["a"], ["b"], [], [], [], ["b"], ["a"]]


def test_a_note_cannot_steer_the_terminal(capsys):
    """What a server says is made harmless."""
    assert said_of(capsys, (0.0, "full \x1b[2J\x07")) == [["full \\x1b[2J\\x07"]]


def test_a_pause_with_nothing_left_to_launch_is_only_a_reason():
    """It then tells why the last trials failed, and nobody has to resume anything."""
    assert describe(Paused("all alike"), State()) == "all alike"


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("node n: no driver", "paused: every other trial would end in the same way"),
        (
            "the first 5 trials all ended alike: node n: no driver",
            "paused: the first 5 trials all ended alike",
        ),
        ("the volume is full", "paused: the volume is full"),
    ],
)
def test_an_error_that_was_told_is_not_told_again_as_the_reason_to_pause(reason, line):
    """The line before has it, and the end of the run will have it."""
    state = State().apply_all(map(Added, TRIALS))
    state.apply_all([Launching(FIRST, 0.0), ended(Cause.BAD_SPEC, "node n: no driver")])
    assert describe(Paused(reason), state, None) == line
