"""Events of which no decision follows at once: sleeps, doubts, answers of former times."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.cache import PODS, QUOTAS
from sweeper.clusters.kubernetes.decide import decide
from sweeper.clusters.kubernetes.events import (
    Created,
    DeletionFailed,
    Doubted,
    EventsRead,
    Full,
    Inquired,
    LeaseRenewed,
    Listed,
    Looked,
    Refused,
    Silent,
    Slept,
    Unwanted,
)
from tests.clusters.kubernetes.tracking import FIRST, SECOND, Tracking, made, quota


def test_after_a_sleep_only_what_was_asked_since_counts():
    """A LIST from before it changes nothing; both kinds are needed, and the lease."""
    found = Tracking(quota(1))
    found.run()
    found.fold(Slept(3600.0, has_lease=True), 4000.0)
    found.fold(Listed(PODS, (), 3999.0), 4001.0)
    assert list(found.tracker.cache.pods) == ["u"]
    found.fold(Listed(PODS, (), 4000.5), 4001.0)
    found.fold(Listed(QUOTAS, (quota(0),), 4000.5), 4001.0)
    assert (list(found.tracker.cache.pods), found.tracker.wakeup.is_over(4001.0)) == ([], False)
    found.fold(LeaseRenewed(4000.5), 4001.0)
    assert found.tracker.wakeup.is_over(4001.0)


def test_quotas_that_nobody_may_read_are_not_waited_for_after_a_sleep():
    found = Tracking()
    found.fold(Silent(QUOTAS, "forbidden", is_denied=True), 0.0)
    found.fold(Slept(3600.0, has_lease=False), 4000.0)
    assert found.tracker.cache.denied is not None
    assert found.tracker.cache.denied.since == 3600.0
    found.fold(Listed(PODS, (), 4000.5), 4001.0)
    assert found.tracker.wakeup.is_over(4001.0)


@pytest.mark.parametrize("result", [Created(made(), late=60.0), Refused("taken", taken=True, late=60.0)])
def test_a_request_that_nobody_heard_of_may_still_make_a_pod(result):
    """For so long, not counting the time asleep, the sweep does not end."""
    found = Tracking()
    assert found.tracker.nothing_can_come(0.0)
    found.ask()
    assert not found.tracker.nothing_can_come(1e9)
    found.answer(result, FIRST, 1.0)
    assert (found.tracker.nothing_can_come(60.9), found.tracker.nothing_can_come(61.0)) == (False, True)
    found.fold(Slept(1000.0, has_lease=False), 1010.0)
    assert (found.tracker.nothing_can_come(1060.9), found.tracker.nothing_can_come(1061.0)) == (False, True)


def test_a_doubt_is_not_shortened_by_a_later_one():
    found = Tracking()
    found.fold(Doubted(65.0), 0.0)
    found.ask()
    found.answer(Created(made(), late=1.0), FIRST, 1.0)
    assert not found.tracker.nothing_can_come(64.0)


def test_a_name_that_others_have_is_remembered():
    found = Tracking()
    found.ask()
    found.answer(Refused("it is called so", taken=True))
    assert found.tracker.taken == [made()["metadata"]["name"]]


def test_a_trouble_is_reported_once():
    """The journal keeps a pause, and people end it."""
    found = Tracking()
    found.ask()
    found.answer(Refused("no such namespace", for_good=True))
    assert found.tracker.trouble == "no such namespace"
    found.fold(Looked())
    assert found.tracker.trouble == ""


def test_the_time_asleep_does_not_count_for_a_deletion():
    """Nobody asked meanwhile."""
    found = Tracking()
    found.run(phase="Running")
    found.fold(Unwanted(FIRST), 0.0)
    found.do(decide(found.tracker, 0.0))
    found.fold(Slept(3600.0, has_lease=False), 3610.0)
    found.fold(DeletionFailed("u", "denied", 5.0, believed_after=30.0), 3611.0)
    assert found.tracker.deletions["u"].settled_at is None
    found.fold(DeletionFailed("u", "denied", 5.0, believed_after=30.0), 3631.0)
    assert found.tracker.deletions["u"].settled_at == 3631.0


def test_answers_about_pods_that_are_gone_change_nothing():
    """A watch may have been faster."""
    found = Tracking()
    for event in (EventsRead("u", "no"), Inquired("u", (), None), DeletionFailed("u", "no", 1.0, 30.0)):
        found.fold(event)
    assert (found.tracker.deletions, list(found.tracker)) == ({}, [])


def test_every_answer_to_a_create_is_on_record():
    """In the words of the server, for whoever asks later why a GPU was idle."""
    found = Tracking()
    for attempt, result in ((FIRST, Full("exceeded")), (SECOND, Refused("no"))):
        found.ask(attempt)
        found.answer(result, attempt)
    shown = [(one["did"], one.get("words")) for one in found.tracker.log]
    assert shown == [("create", None), ("full", "exceeded"), ("create", None), ("refused", "no")]
