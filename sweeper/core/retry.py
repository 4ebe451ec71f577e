"""Decides whether a trial is retried after an outcome, and with which backoff step (see rate_limits.py).

Each cause has its own budget: how often a trial may be retried after it. Causes outside of the program have
large budgets, with a limit for a cluster that ends every attempt. Causes that would only repeat have none.
An attempt that cvsweep gave back before it started (`returned`) spends no budget, however often: the backend
waits after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sweeper.core.model import Cause

FREE = frozenset({
    Cause.EVICTED, Cause.PREEMPTED, Cause.DELETED, Cause.REJECTED, Cause.NODE_LOST, Cause.UNSCHEDULABLE,
    Cause.RETURNED,
})  # fmt: skip
"""Causes outside of the program, which do not mean that the trial is faulty."""

FATAL = frozenset({Cause.IMAGE, Cause.BAD_SPEC})
"""Causes that would end every other trial of the sweep as well."""

NEVER_RAN = FATAL | {Cause.UNSCHEDULABLE, Cause.RETURNED}
"""Causes for which an attempt is stopped before its program begins, so it leaves no files to wait for."""

COLLECTABLE = frozenset({Cause.COMPLETED, Cause.NO_RESULT, Cause.BAD_RESULT})
"""Causes of a program that ended with exit code 0: reading its results again can change one to another."""

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
"""The default budgets; after a cause that is missing here, a trial is not retried."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`again`: the trial is queued again. `step` is the number of this retry for this cause, from 1."""

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
