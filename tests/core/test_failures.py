"""Which failures are one and the same."""

from __future__ import annotations

from sweeper.core.failures import alike
from sweeper.core.model import Attempt, Cause, Outcome, Trial
from sweeper.core.records import Added, Ended, Launching
from sweeper.core.state import State


def _failed(state, index, error, cause=Cause.ERROR):
    state.apply(Added(Trial(index, f"k{index}", {}, "exec true")))
    state.apply(Launching(Attempt(index, 1), 0.0))
    state.apply(Ended(Attempt(index, 1), "uid", Outcome(cause, 1.0, 1.0, error=error)))


def test_errors_that_differ_in_numbers_alone_are_one_and_the_most_frequent_is_first():
    """Failures are grouped by their cause and by their error without its numbers, the largest group first."""
    state = State()
    _failed(state, 0, "KeyError: 'x'")
    _failed(state, 1, "ValueError: lr 0.1")
    _failed(state, 2, "ValueError: lr 0.2")
    _failed(state, 3, "ValueError: lr 0.3", Cause.CUDA_OOM)
    groups = [[one.trial.index for one in group] for group in alike(state)]
    assert groups == [[1, 2], [0], [3]]
