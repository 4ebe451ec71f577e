"""Deletions by somebody else count by their rate, not by their number."""

from __future__ import annotations

import pytest

from sweeper.core.deletions import Deletions
from sweeper.core.model import Cause


def counted(make, *ends, pause_after=5):
    found = Deletions()
    for cause, at, *error in ends:
        found.learn(make.outcome(cause, ended_at=at, error="".join(error)))
    return found.reason_to_pause(pause_after)


def every(seconds, count, cause=Cause.DELETED, start=1e9):
    return [(cause, start + n * seconds) for n in range(count)]


@pytest.mark.parametrize(
    ("ends", "want"),
    [
        (every(1800, 400), 0),  # one each half hour, for eight days
        (every(180, 400), 0),  # 20 in every hour
        (every(179, 20), 0),
        (every(179, 21), 21),
        (every(0, 21), 21),
        (every(1, 100, Cause.PREEMPTED), 0),
        (every(1, 100, Cause.EVICTED), 0),
        ([*every(1, 20), (Cause.COMPLETED, 1e9), *every(1, 20)], 0),
        ([*every(1, 20), (Cause.ERROR, 1e9), (Cause.PREEMPTED, 1e9), *every(1, 1)], 21),
        ([*every(1, 20), *every(1, 1, start=1e9 + 3600)], 0),
        ([*every(1, 20), *every(1, 20, start=1e9 - 86400)], 0),  # the clock was set back by a day
        ([*every(1, 20), *every(1, 1, start=1e9 - 60)], 21),  # or by a minute
    ],
)
def test_more_than_twenty_in_an_hour_with_nothing_completed_are_too_many(make, ends, want):
    shown = f"{want} attempts were ended from outside within an hour, and none completed" if want else ""
    assert counted(make, *ends) == shown


@pytest.mark.parametrize(("pause_after", "want"), [(0, False), (1, True), (2, True), (3, False)])
def test_the_number_follows_pause_after(make, pause_after, want):
    assert bool(counted(make, *every(1, 9), pause_after=pause_after)) == want


def test_the_reason_names_who_deleted_most(make):
    ends = [(cause, at, "its pod was deleted") for cause, at in every(1, 5)]
    ends += [(cause, at, "its pod was deleted by reaper") for cause, at in every(1, 16)]
    assert counted(make, *ends).endswith("and none completed: its pod was deleted by reaper")


def test_what_was_forgotten_does_not_count(make):
    found = Deletions()
    for _ in range(21):
        found.learn(make.outcome(Cause.DELETED))
    assert len(found) == 21
    found.clear()
    assert (len(found), found.reason_to_pause(5)) == (0, "")
