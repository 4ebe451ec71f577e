"""Whole sweeps in an unreliable world: whatever happens, they end, and their accounts are in order."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sweeper.core.model import Cause, Status
from sweeper.core.records import Ended, Granted, Launching, Paused
from sweeper.core.retry import BUDGETS
from sweeper.core.settings import ResultsSettings, RetrySettings, Settings, SweepSettings
from tests.conftest import PLAYED
from tests.sim.chance import HANGS, WAYS, Sweep, hold
from tests.sim.pods import Pods
from tests.sim.processes import Processes

SEEDS = st.integers(0, 2**32)
KINDS = st.sampled_from([Pods, Processes])
CHANCES = st.sampled_from([0.0, 0.02, 0.1, 0.3])
BUDGET = st.fixed_dictionaries({str(cause): st.integers(0, 3) for cause in sorted(Cause)})
LIMITS = st.sampled_from([None, 1.0, 40.0])


@hypothesis_settings(deadline=None, max_examples=round(50 * PLAYED))
@given(
    seed=SEEDS,
    kind=KINDS,
    trials=st.integers(0, 8),
    slots=st.integers(1, 4),
    chance=CHANCES,
    budgets=BUDGET,
    limit=LIMITS,
    pause_after=st.integers(0, 3),
    required=st.booleans(),
)
def test_every_sweep_comes_to_its_end(
    seed, kind, trials, slots, chance, budgets, limit, pause_after, required
):
    """Whatever ends however, each trial ends exactly once, within its budgets and never twice at a time."""
    settings = Settings(
        sweep=SweepSettings(pause_after=pause_after),
        retry=RetrySettings(budgets=budgets),
        results=ResultsSettings(required=required),
    )
    sweep = Sweep(seed, kind=kind, trials=trials, slots=slots, chance=chance, limit=limit, settings=settings)
    hold(sweep, budgets)
    ends = Counter(r.attempt.trial for r in sweep.journal if isinstance(r, Ended) and not r.again)
    assert ends == Counter(range(trials))
    for index, one in enumerate(sweep.state.trials):
        last = [r for r in sweep.journal if isinstance(r, Ended) and r.attempt.trial == index][-1]
        assert one.outcome == last.outcome
        assert (one.status is Status.COMPLETED) == (last.outcome.cause is Cause.COMPLETED)


REQUESTS = st.lists(
    st.tuples(
        st.floats(0.0, 350.0),
        st.sampled_from(["cancel", "retry"]),
        st.none() | st.lists(st.integers(0, 7), max_size=3).map(tuple),
    ),
    max_size=4,
)


@hypothesis_settings(deadline=None, max_examples=round(40 * PLAYED))
@given(SEEDS, KINDS, st.integers(1, 8), st.integers(1, 4), CHANCES, BUDGET, REQUESTS)
def test_requests_do_not_upset_the_books(seed, kind, trials, slots, chance, budgets, requests):
    """Whatever is cancelled and requested again, whenever, the sweep ends with its books in order."""
    settings = Settings(retry=RetrySettings(budgets=budgets))
    sweep = Sweep(
        seed, kind=kind, trials=trials, slots=slots, chance=chance, requested=requests, settings=settings
    )
    hold(sweep, budgets)


@hypothesis_settings(deadline=None, max_examples=round(40 * PLAYED))
@given(SEEDS, KINDS, st.floats(0.0, 70.0), CHANCES)
def test_a_cancelled_sweep_launches_nothing_more(seed, kind, when, chance):
    """After a cancel of everything no attempt is launched, and every trial comes to an end."""
    sweep = Sweep(seed, kind=kind, chance=chance, limit=None, requested=[(when, "cancel", None)])
    cancel = next(i for i, record in enumerate(sweep.journal) if isinstance(record, Granted))
    assert [record for record in sweep.journal[cancel:] if isinstance(record, Launching)] == []
    hold(sweep, {})


@pytest.mark.parametrize("way", WAYS)
def test_a_world_with_one_idea(way):
    """Where every attempt ends the same way, trials are tried as often as the budget says, and then end.

    The sweep pauses for what is the program's doing, for what is fatal at once, and for what somebody
    does to every attempt, but not for what befalls them.
    """
    settings = Settings(results=ResultsSettings(required=True))
    sweep = Sweep(1, trials=6, ways=[way], limit=40.0 if way == HANGS else None, settings=settings)
    causes = Counter(record.outcome.cause for record in sweep.journal if isinstance(record, Ended))
    (cause,) = causes
    assert causes[cause] == 6 * (1 + BUDGETS.get(cause, 0))
    assert {one.status for one in sweep.state.trials} == {
        Status.COMPLETED if cause is Cause.COMPLETED else Status.FAILED
    }
    pauses = [record.reason for record in sweep.journal if isinstance(record, Paused)]
    if cause is Cause.DELETED:
        # Four times pause_after in a row, and the few that were ending by then.
        assert causes[cause] // 24 <= len(pauses) <= causes[cause] // 20
        assert all("were ended from outside within an hour" in reason for reason in pauses)
    elif cause is Cause.IMAGE:
        # Two at a time, and two more while what the first two have left is waited for.
        assert 6 / 4 <= len(pauses) <= 6
        assert set(pauses) == {"image!"}
    else:
        blamed = cause not in {Cause.COMPLETED, Cause.EVICTED, Cause.NODE_LOST, Cause.UNSCHEDULABLE}
        assert bool(pauses) == blamed


def test_a_quiet_world_needs_few_turns():
    """Without faults, a sweep takes one attempt a trial, and writes four records for each.

    One more says how many may run at once.
    """
    sweep = Sweep(1, kind=Processes, trials=20, slots=4, ways=["completes"], limit=None)
    kinds = Counter(type(record).__name__ for record in sweep.journal)
    assert kinds == {"Added": 20, "Launching": 20, "Launched": 20, "Ended": 20, "Offered": 1}
