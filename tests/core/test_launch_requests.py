"""Which attempts the journal has asked for."""

from __future__ import annotations

from sweeper.core.launch_requests import requested_attempts
from sweeper.core.model import Attempt, Cause, Outcome
from sweeper.core.records import Abandoned, Ended, Launched, Launching, Paused

FIRST, SECOND, THIRD = Attempt(0, 1), Attempt(0, 2), Attempt(1, 1)
OUTCOME = Outcome(Cause.COMPLETED, 1.0, 2.0)


def test_an_attempt_is_asked_for_from_its_intent_on_and_keeps_its_identity():
    """What was abandoned was asked for as well; what was never launched was not."""
    records = [
        Launching(FIRST, 0.0),
        Launched(FIRST, "u", pending=True),
        Launched(FIRST, "u"),
        Ended(FIRST, "u", OUTCOME),
        Launching(SECOND, 1.0),
        Launching(FIRST, 0.0),  # a line that is there twice
        Abandoned(SECOND, "no room"),
        Paused("to look"),
        Launching(THIRD, 2.0),
        Ended(THIRD, "", OUTCOME),
    ]
    assert requested_attempts(records) == {FIRST: "u", SECOND: "", THIRD: ""}


def test_an_end_may_tell_an_identity_that_no_launch_has_told():
    assert requested_attempts([Launching(FIRST, 0.0), Ended(FIRST, "u", OUTCOME)]) == {FIRST: "u"}
