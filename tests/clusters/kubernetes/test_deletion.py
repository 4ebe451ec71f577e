"""When a deletion is asked for again, and for how long it is waited for."""

from __future__ import annotations

import math

import pytest

from sweeper.clusters.kubernetes.deletion import LONG, Deletion

NEW = Deletion("x", since=0.0, due=0.0)


def failed(one: Deletion, now: float, *, is_denied: bool = False) -> Deletion:
    return one.failed(now, 5.0, "no", believed_after=30.0 if is_denied else math.inf)


def test_a_deletion_is_due_until_it_is_asked_for_and_again_after_a_rest():
    """While its answer is awaited nothing more is sent."""
    assert NEW.is_due(0.0)
    asked = NEW.asked()
    assert not asked.is_due(1000.0)
    again = failed(asked, 10.0)
    assert (again.is_due(14.9), again.is_due(15.0), again.tries) == (False, True, 2)


@pytest.mark.parametrize("is_gone", [False, True])
def test_an_agreement_ends_the_asking(is_gone):
    """Once the server has agreed nothing is sent any more."""
    assert not failed(NEW, 1.0).agreed(2.0, is_gone=is_gone).is_due(1000.0)


@pytest.mark.parametrize(
    ("one", "want"),
    [
        (NEW, True),
        (NEW.agreed(2.0), False),
        (NEW.agreed(2.0, is_gone=True), False),
        (failed(NEW, 2.0), True),
        (failed(NEW, 40.0), True),  # an outage is waited for, however long it lasts
        (failed(NEW, 2.0, is_denied=True), True),
        (failed(NEW, 40.0, is_denied=True), False),
        (failed(failed(NEW, 40.0, is_denied=True), 900.0), False),
    ],
)
def test_what_is_waited_for_long_after(one, want):
    """Nobody waits for ever for a pod that hangs, nor where the server says no for good."""
    assert one.is_waited_for(40.0 + LONG + 1.0) is want
    assert one.is_waited_for(41.0) is not one.is_gone


@pytest.mark.parametrize(
    ("one", "want"),
    [
        (NEW, ""),
        (NEW.agreed(1.0), "does not go away"),
        (NEW.agreed(1.0, is_gone=True), ""),
        (failed(NEW, 1.0), "x is not deleted yet: no"),
        (failed(NEW, 1.0).agreed(2.0), "does not go away"),
    ],
)
def test_the_message_about_a_deletion_that_lasts(one, want):
    """Only a pod whose deletion the server has agreed to can be held by its node."""
    shown = one.describe(60.0, 30.0)
    assert want in shown
    assert bool(shown) == bool(want)
    assert one.describe(29.0, 30.0) == ""


def test_the_time_asleep_counts_neither_for_belief_nor_for_waiting():
    """Nobody asked meanwhile: the server is given as long as if the machine had not slept."""
    assert failed(NEW.stood_still(100.0), 129.0, is_denied=True).settled_at is None
    settled = failed(NEW, 40.0, is_denied=True).stood_still(100.0)
    assert settled.is_waited_for(140.0 + LONG)
    assert not settled.is_waited_for(140.1 + LONG)
