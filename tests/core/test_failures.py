"""Which failures are one and the same."""

from __future__ import annotations

from sweeper.core.failures import grouped_by_error, warnings
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
    groups = [[one.trial.index for one in group] for group in grouped_by_error(state)]
    assert groups == [[1, 2], [0], [3]]


def test_the_most_frequent_warnings_come_first_and_the_rest_are_counted(make):
    """Warnings that differ only in numbers are one; trials without a warning count for nothing."""
    shown = ["a", "", "b 1", "b 2", "c", "d"]
    records = [record for index, one in enumerate(shown) for record in make.ran(index, warning=one)]
    state = make.state(7, *records)
    assert warnings(state) == (
        ["5 trials have a warning:", "trials 2, 3: b 1", "trial 0: a", "trial 4: c"],
        1,
    )


def test_a_single_warning_is_one_line(make):
    """There is nothing to list then; and nothing to say if there is none."""
    assert warnings(make.state(1, *make.ran(0, warning="in part"))) == (
        ["1 trial has a warning: trial 0: in part"],
        0,
    )
    assert warnings(make.state(1, *make.ran(0))) == ([], 0)
