"""What a line of the journal takes for granted."""

import pytest

from sweeper.core.consistency import misplaced
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import Added, Ended, Granted, Launching, Paused, Record


def added(index: int) -> Record:
    return Added(Trial(index, "k", {}, "true"))


@pytest.mark.parametrize(
    ("record", "trials"),
    [
        (added(0), 0),
        (added(3), 3),
        (Launching(Attempt(2, 1), 0.0), 3),
        (Paused(""), 0),
        (Granted("w", "cancel", (9,)), 1),
    ],
)
def test_a_line_in_its_place(record, trials):
    """Trials are added one after the other, and attempts are of trials that are there."""
    assert misplaced(record, trials) == ""


@pytest.mark.parametrize(
    ("record", "trials", "says"),
    [
        (added(1), 3, "trial 1 is added there once more"),
        (added(4), 3, "trial 4 is added there, and trial 3 was not"),
        (Launching(Attempt(3, 1), 0.0), 3, "it is about trial 3, which was not added"),
        (
            Ended(Attempt(-1, 1), "", Outcome(Cause.ERROR, 0, 0)),
            3,
            "it is about trial -1, which was not added",
        ),
    ],
)
def test_a_line_that_cannot_follow(record, trials, says):
    """One that is there twice, one behind a line that is lost, and one about a trial that is not there."""
    assert misplaced(record, trials).startswith(says)
