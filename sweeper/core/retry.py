"""The verdict on an outcome: is the trial tried again, and after which pause? (lengths: rate_limits.py)

Every cause but one has a budget: how many times a trial may be tried again after it. Causes that are
nobody's fault have large ones (a bound all the same, for a cluster that never lets go), causes
that would only repeat have none. Each cause spends its own budget. What we gave back to others out of
courtesy (`returned`) costs a trial nothing, however often: the backend rests after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sweeper.core.model import Cause

FREE = frozenset({
    Cause.EVICTED, Cause.PREEMPTED, Cause.DELETED, Cause.REJECTED, Cause.NODE_LOST, Cause.UNSCHEDULABLE,
    Cause.RETURNED,
})  # fmt: skip
"""Causes outside of the program, which are no evidence against the trial."""

FATAL = frozenset({Cause.IMAGE, Cause.BAD_SPEC})
"""Causes that would end every other trial of the sweep as well."""

NEVER_RAN = FATAL | {Cause.UNSCHEDULABLE, Cause.RETURNED}
"""Causes for which an attempt is ended before its program has begun: it has left nothing to wait for."""

COLLECTABLE = frozenset({Cause.COMPLETED, Cause.NO_RESULT, Cause.BAD_RESULT})
"""Causes of a program that ended well: reading its results again can turn one into another."""

BUDGETS: Mapping[Cause, int] = {
    Cause.ERROR: 1,
    Cause.OOM: 1,
    Cause.CUDA_OOM: 1,
    Cause.NO_RESULT: 1,
    Cause.NO_RECORD: 1,
    Cause.CONTAINER_LOST: 2,
    Cause.REJECTED: 10,
    Cause.EVICTED: 100,
    Cause.PREEMPTED: 100,
    Cause.DELETED: 100,
    Cause.NODE_LOST: 100,
    Cause.UNSCHEDULABLE: 100,
}
"""The defaults of the budgets; after a cause that is not here a trial is not tried again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`again`: back to the queue. `step` counts from 1 how often this trial has rested for this cause."""

    again: bool
    step: int = 0


def judge(cause: Cause, spent: Mapping[Cause, int], budgets: Mapping[str, int]) -> Verdict:
    """Return the verdict on an attempt that ended with `cause`; `spent` counts the earlier retries."""
    if cause in (Cause.COMPLETED, Cause.CANCELLED):
        return Verdict(again=False)
    if cause is Cause.RETURNED:
        return Verdict(again=True, step=1)
    step = spent.get(cause, 0) + 1
    return Verdict(again=step <= budgets.get(cause, BUDGETS.get(cause, 0)), step=step)


def pause_left(delay: float, ended_at: float, wall: float) -> float:
    """Return the seconds that are left of the pause after an attempt, at wall time `wall`."""
    return min(delay, max(0.0, ended_at + delay - wall))
