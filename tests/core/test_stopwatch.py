"""How long trials wait and attempts run, as one controller has seen it."""

from __future__ import annotations

from sweeper.core.model import Attempt, Trial
from sweeper.core.state import TrialState
from sweeper.core.stopwatch import Stopwatch

FIRST = Attempt(0, 1)


def _state(**facts):
    return TrialState(Trial(0, "k", {}, "true"), **facts)


def test_a_wait_begins_with_the_sweep_or_when_the_trial_joins_it():
    """And ends with the first start; what ran already when it was seen is no wait."""
    stopwatch = Stopwatch(began=100.0, age=5.0)
    stopwatch.launched(FIRST, 110.0)
    assert stopwatch.waited(_state(), FIRST, 112.0) == 17.0
    assert stopwatch.waited(_state(), FIRST, 112.0, ran=1.5) == 15.5
    assert stopwatch.waited(_state(), FIRST, 112.0, ran=99.0) == 0.0
    stopwatch.joined(0, 109.0)
    assert stopwatch.waited(_state(added_at=3e9), FIRST, 112.0) == 3.0
    assert stopwatch.waited(_state(started_at=3e9), FIRST, 112.0) is None


def test_what_another_controller_has_seen_begin_is_not_known():
    """When the sweep was made, a trial joined it or an attempt was launched."""
    stopwatch = Stopwatch(began=100.0, age=None)
    assert (stopwatch.waited(_state(), FIRST, 112.0), stopwatch.live_for(FIRST, 112.0)) == (None, None)
    stopwatch.launched(FIRST, 110.0)
    assert (stopwatch.waited(_state(), FIRST, 112.0), stopwatch.live_for(FIRST, 112.0)) == (None, 2.0)
    known = Stopwatch(began=100.0, age=5.0)
    known.launched(FIRST, 110.0)
    assert known.waited(_state(added_at=7.0), FIRST, 112.0) is None
    known.runs(FIRST, 111.5)
    assert known.live_for(FIRST, 112.0) == 0.5
    known.forget(FIRST)
    assert known.live_for(FIRST, 112.0) is None
