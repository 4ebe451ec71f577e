"""A record in one line of a log."""

from __future__ import annotations

import pytest

from sweeper.core.brief import brief
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import (
    Abandoned,
    Added,
    Collected,
    Ended,
    Granted,
    Launched,
    Launching,
    Offered,
    Paused,
    Record,
    Resumed,
    Stopping,
)

FIRST = Attempt(3, 1)
FAILED = Outcome(Cause.ERROR, 1.0, 0.0, 1, error="cannot log in with s3cret", metrics={"token": "s3cret"})


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (Added(Trial(3, "key", {"password": "s3cret"}, "run s3cret")), "added trial 3"),
        (Launching(FIRST, 0.0), "launching trial 3 attempt 1"),
        (Launched(FIRST, "uid", "node"), "launched trial 3 attempt 1"),
        (Abandoned(FIRST, "no s3cret"), "voided trial 3 attempt 1"),
        (Stopping(FIRST, Cause.DEADLINE), "stopping trial 3 attempt 1"),
        (Ended(FIRST, "uid", FAILED), "ended trial 3 attempt 1 (error)"),
        (Ended(FIRST, "uid", FAILED, again=True), "ended trial 3 attempt 1 (error, again)"),
        (Collected(FIRST, Cause.COMPLETED, {"token": "s3cret"}), "collected trial 3 attempt 1 (completed)"),
        (Granted("id", "cancel"), "wished cancel all"),
        (Granted("id", "retry", (1, 2)), "wished retry trials 1, 2"),
        (Offered(4, 0.0), "offered 4 slots"),
        (Paused("s3cret"), "paused"),
        (Resumed(), "resumed"),
    ],
)
def test_a_line_says_what_was_decided_of_which_trial(record: Record, line: str) -> None:
    """No text that others wrote is in it: no parameter, no metric, no error."""
    assert brief(record) == line
