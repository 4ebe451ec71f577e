"""After a sleep: whether one is noticed, and what is waited for before anything is judged."""

from __future__ import annotations

import math

import pytest

from sweeper.clusters.kubernetes.wakeup import OPTIONAL, STOPPED, Clocks, Wakeup, stood_still

NIGHT = 8 * 3600.0


@pytest.mark.parametrize(
    ("boot", "awake", "meant", "still"),
    [
        (0.5, 0.5, 0.5, 0.0),
        (NIGHT, 0.5, 0.5, NIGHT - 0.5),
        (NIGHT, 0.5, math.inf, NIGHT - 0.5),
        (20.0, 15.0, math.inf, 5.0),
        (0.9, 0.5, 0.5, 0.0),
        (NIGHT, NIGHT, 0.5, NIGHT - 0.5),
        (NIGHT, NIGHT, math.inf, 0.0),
        (STOPPED, STOPPED, 0.5, 0.0),
        (10.0, 10.2, 10.0, 0.0),
    ],
    ids=[
        "nothing", "a night in a wait", "a night at work", "a short sleep", "no sleep worth noticing",
        "a process that was stopped", "long work", "a slow machine", "clocks read one after the other",
    ],
)  # fmt: skip
def test_a_machine_that_slept_or_a_process_that_was_stopped_is_noticed(boot, awake, meant, still):
    """Long work is neither: the view goes on being told meanwhile, and would never be believed again."""
    assert stood_still(Clocks(7.0, 3.0), Clocks(7.0 + boot, 3.0 + awake), meant) == pytest.approx(still)


def test_at_first_nothing_is_waited_for():
    """A controller has just listed everything when it begins."""
    assert Wakeup().is_over(0.0)
    assert not Wakeup().is_outdated(0.0)


def test_what_was_seen_before_a_sleep_counts_again_once_all_of_it_was_asked_for_again():
    """Both LISTs, and the lease; an answer to a question from before the sleep is none."""
    waking = Wakeup.now(100.0, ("pods", "quotas"), "pods", has_lease=True, why="slept")
    assert (waking.is_outdated(99.0), waking.is_outdated(100.0)) == (True, False)
    waking = waking.listed("pods").listed("quotas")
    assert not waking.is_over(101.0)
    assert not waking.renewed(99.0).is_over(101.0)
    assert waking.renewed(100.0).is_over(101.0)
    assert waking.renewed(100.0).renewed(90.0).listed("pods").is_over(101.0)


def test_without_a_lease_there_is_nothing_to_renew():
    """Then the journal's term alone tells who controls the sweep."""
    waking = Wakeup.now(100.0, ("pods",), "pods", has_lease=False, why="slept")
    assert not waking.is_over(100.0 + NIGHT)
    assert waking.listed("pods").is_over(101.0)


@pytest.mark.parametrize("missing", ["quotas", "lease"])
def test_the_pods_are_waited_for_however_long_and_the_rest_for_a_minute(missing):
    """A member may have lost the right to read quotas, or to use leases."""
    waking = Wakeup.now(100.0, ("pods", "quotas"), "pods", has_lease=True, why="slept")
    waking = waking.renewed(101.0) if missing == "quotas" else waking.listed("quotas")
    assert not waking.is_over(100.0 + NIGHT)
    waking = waking.listed("pods")
    assert not waking.is_over(100.0 + OPTIONAL)
    assert waking.is_over(100.1 + OPTIONAL)
