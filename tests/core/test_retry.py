"""The verdict on an outcome."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.model import Cause
from sweeper.core.retry import BUDGETS, FATAL, FREE, Verdict, judge

NEVER = Verdict(again=False, step=1)


@pytest.mark.parametrize(
    ("cause", "spent", "budgets", "want"),
    [
        # Ends that are never tried again, whatever the configuration says.
        (Cause.COMPLETED, {}, {}, Verdict(again=False)),
        (Cause.COMPLETED, {}, {"completed": 9}, Verdict(again=False)),
        (Cause.CANCELLED, {}, {"cancelled": 9}, Verdict(again=False)),
        # The defaults.
        (Cause.ERROR, {}, {}, Verdict(again=True, step=1)),
        (Cause.ERROR, {Cause.ERROR: 1}, {}, Verdict(again=False, step=2)),
        (Cause.OOM, {}, {}, Verdict(again=True, step=1)),
        (Cause.CUDA_OOM, {Cause.CUDA_OOM: 1}, {}, Verdict(again=False, step=2)),
        (Cause.NO_RESULT, {}, {}, Verdict(again=True, step=1)),
        (Cause.REJECTED, {Cause.REJECTED: 9}, {}, Verdict(again=True, step=10)),
        (Cause.REJECTED, {Cause.REJECTED: 10}, {}, Verdict(again=False, step=11)),
        (Cause.EVICTED, {Cause.EVICTED: 99}, {}, Verdict(again=True, step=100)),
        (Cause.DELETED, {Cause.DELETED: 100}, {}, Verdict(again=False, step=101)),
        (Cause.UNSCHEDULABLE, {Cause.UNSCHEDULABLE: 99}, {}, Verdict(again=True, step=100)),
        (Cause.UNSCHEDULABLE, {Cause.UNSCHEDULABLE: 100}, {}, Verdict(again=False, step=101)),
        # What was given back costs nothing, and no budget bounds it.
        (Cause.RETURNED, {Cause.RETURNED: 9999}, {"returned": 0}, Verdict(again=True, step=1)),
        # What would only repeat is not tried again.
        (Cause.DEADLINE, {}, {}, NEVER),
        (Cause.BAD_RESULT, {}, {}, NEVER),
        (Cause.BAD_SPEC, {}, {}, NEVER),
        (Cause.IMAGE, {}, {}, NEVER),
        # The configuration wins over the defaults.
        (Cause.ERROR, {}, {"error": 0}, NEVER),
        (Cause.ERROR, {Cause.ERROR: 4}, {"error": 5}, Verdict(again=True, step=5)),
        (Cause.DEADLINE, {}, {"deadline": 1}, Verdict(again=True, step=1)),
        (Cause.PREEMPTED, {Cause.PREEMPTED: 3}, {"preempted": 3}, Verdict(again=False, step=4)),
        # Each cause spends its own budget.
        (Cause.ERROR, {Cause.OOM: 1, Cause.EVICTED: 50}, {}, Verdict(again=True, step=1)),
        (Cause.ERROR, {}, {"oom": 0}, Verdict(again=True, step=1)),
    ],
)
def test_verdicts(cause, spent, budgets, want):
    """A trial is tried again as often as the budget of the cause allows, and no more."""
    assert judge(cause, spent, budgets) == want


@settings(deadline=None)
@given(
    st.sampled_from(sorted(set(Cause) - {Cause.COMPLETED, Cause.CANCELLED, Cause.RETURNED})),
    st.dictionaries(st.sampled_from([str(cause) for cause in Cause]), st.integers(-1, 20)),
)
def test_every_budget_is_a_bound(cause, budgets):
    """However often a trial ends with a cause, it is tried again exactly as often as the budget says."""
    spent: dict[Cause, int] = {}
    while judge(cause, spent, budgets).again:
        spent[cause] = spent.get(cause, 0) + 1
    assert spent.get(cause, 0) == max(0, budgets.get(cause, BUDGETS.get(cause, 0)))


def test_free_causes_are_bounded():
    """What is nobody's fault is tried again often, but not for ever."""
    assert all(BUDGETS[cause] >= 10 for cause in FREE - {Cause.RETURNED})


def test_fatal_causes_are_neither_free_nor_tried_again():
    """What would end every other trial as well is nobody's bad luck."""
    assert not FATAL & FREE
    assert not FATAL & set(BUDGETS)
