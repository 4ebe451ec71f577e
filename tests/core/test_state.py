"""The journal, folded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)

from sweeper.core.model import Attempt, Cause, Outcome, Status, Trial
from sweeper.core.records import (
    Abandoned,
    Added,
    Collected,
    Ended,
    Granted,
    Launched,
    Launching,
    Paused,
    Record,
    Resumed,
    Stopping,
    from_json,
    to_json,
)
from sweeper.core.retry import COLLECTABLE
from sweeper.core.state import ENDS, State, can_collect, new_trials

ALWAYS = float("inf")
QUEUED, RUNNING, WAITING = Status.QUEUED, Status.RUNNING, Status.WAITING
COMPLETED, FAILED, CANCELLED = ENDS
CANCEL_ALL, RETRY_ALL = Granted("w", "cancel"), Granted("w", "retry")


def statuses(state: State) -> list[Status]:
    return [one.status for one in state.trials]


def queue(state: State, now: float = ALWAYS, most: int = 10_000) -> list[int]:
    return [one.trial.index for one in state.due(now, most)]


# One trial's way ------------------------------------------------------------------------------


def test_added(make):
    """Added trials are queued in grid order and can be found by their keys."""
    state = make.state(3)
    assert statuses(state) == [QUEUED] * 3
    assert queue(state) == [0, 1, 2]
    assert state.by_key == {make.trial(index).key: index for index in range(3)}


def test_added_twice(make):
    """A trial that is there already is not added again."""
    state = make.state(2, Added(make.trial(0)))
    assert (len(state.trials), sum(state.counts.values())) == (2, 2)


def test_new_trials(make):
    """Those that the sweep does not have yet come next in its numbering, once each."""
    state = State().apply_all([Added(make.trial(0)), Added(make.trial(1))])
    fresh = new_trials(state, [make.trial(1), make.trial(7), make.trial(9), make.trial(7)])
    assert [(trial.index, trial.params["seed"]) for trial in fresh] == [(2, 7), (3, 9)]


def test_launching(make):
    """From its intent on an attempt is live, and its trial no longer queued."""
    state = make.state(2, Launching(Attempt(0, 1), 7.0))
    assert (statuses(state), queue(state), list(state.live)) == ([RUNNING, QUEUED], [1], [Attempt(0, 1)])
    assert (state.live[Attempt(0, 1)].launched_at, state.trials[0].number) == (7.0, 1)


def test_launched(make):
    """Once launched, it is known who it is and where."""
    state = make.state(1, Launching(Attempt(0, 1), 0.0), Launched(Attempt(0, 1), "u", "n"))
    assert (state.live[Attempt(0, 1)].uid, state.live[Attempt(0, 1)].node) == ("u", "n")


def test_launched_and_pending(make):
    """What is there but does not run yet is pending, until it is said to run."""
    attempt = Attempt(0, 1)
    state = make.state(1, Launching(attempt, 0.0), Launched(attempt, "u", pending=True))
    assert (state.live[attempt].uid, state.live[attempt].pending) == ("u", True)
    state.apply(Launched(attempt, "u", "n"))
    assert (state.live[attempt].node, state.live[attempt].pending) == ("n", False)


def test_stopping(make):
    """The first decision to end an attempt stands, with its words."""
    attempt = Attempt(0, 1)
    state = make.state(1, *make.started(0), Stopping(attempt, Cause.IMAGE, "no such image"))
    state.apply(Stopping(attempt, Cause.DEADLINE, "too long"))
    assert (state.live[attempt].stop, state.live[attempt].reason) == (Cause.IMAGE, "no such image")


@pytest.mark.parametrize(
    ("cause", "stop", "again", "want"),
    [
        (Cause.COMPLETED, None, False, COMPLETED),
        (Cause.COMPLETED, Cause.CANCELLED, False, COMPLETED),
        (Cause.COMPLETED, Cause.DEADLINE, False, COMPLETED),
        (Cause.ERROR, None, True, WAITING),
        (Cause.ERROR, None, False, FAILED),
        (Cause.EVICTED, None, True, WAITING),
        (Cause.DEADLINE, Cause.DEADLINE, False, FAILED),
        (Cause.DEADLINE, Cause.DEADLINE, True, WAITING),
        (Cause.CANCELLED, Cause.CANCELLED, False, CANCELLED),
        (Cause.BAD_RESULT, Cause.CANCELLED, False, CANCELLED),
        (Cause.ERROR, Cause.CANCELLED, True, CANCELLED),
    ],
)
def test_ends(make, cause, stop, again, want):
    """Where a trial stands after an attempt follows from its cause, and from whether it was cancelled."""
    stopping = [Stopping(Attempt(0, 1), stop)] if stop else []
    *started, ended = make.ran(0, 1, cause, again)
    state = make.state(1, *started, *stopping, ended)
    assert statuses(state) == [want]
    assert state.trials[0].outcome == make.outcome(cause)
    assert (state.live, list(state.failures)) == ({}, [0] if want is FAILED else [])
    assert queue(state) == ([0] if want is WAITING else [])


def test_spent(make):
    """Each try again is counted under its cause, and the end for good is not."""
    causes = [(Cause.ERROR, True), (Cause.EVICTED, True), (Cause.EVICTED, True), (Cause.ERROR, False)]
    state = make.state(1)
    for number, (cause, again) in enumerate(causes, 1):
        state.apply_all(make.ran(0, number, cause, again))
    assert state.trials[0].spent == {Cause.ERROR: 1, Cause.EVICTED: 2}
    assert state.trials[0].number == 4


def test_abandoned(make):
    """An attempt that never ran costs its trial nothing but the number."""
    state = make.state(2, *make.started(0), Abandoned(Attempt(0, 1)))
    assert (statuses(state), queue(state), state.live) == ([QUEUED, QUEUED], [0, 1], {})
    assert (state.trials[0].spent, state.trials[0].number, state.trials[0].outcome) == ({}, 1, None)


def test_abandoned_after_a_cancel(make):
    """A trial that was cancelled is not launched again because its attempt never ran."""
    state = make.state(1, *make.started(0), CANCEL_ALL, Abandoned(Attempt(0, 1)))
    assert (statuses(state), queue(state)) == ([CANCELLED], [])


@pytest.mark.parametrize("late", ["launched", "stopping", "voided", "ended"])
def test_late_records(make, late):
    """What is said of an attempt after its recorded end changes nothing."""
    attempt = Attempt(0, 1)
    records: dict[str, Record] = {
        "launched": Launched(attempt, "u2"),
        "stopping": Stopping(attempt, Cause.CANCELLED),
        "voided": Abandoned(attempt),
        "ended": Ended(attempt, "u2", make.outcome(Cause.ERROR)),
    }
    before, after = make.state(1, *make.ran(0)), make.state(1, *make.ran(0), records[late])
    assert facts(after) == facts(before)


def test_a_launch_of_what_is_not_queued(make):
    """A launch that the journal holds counts, even of a trial that had been cancelled by then."""
    state = make.state(2, CANCEL_ALL, Launching(Attempt(1, 1), 0.0))
    assert statuses(state) == [CANCELLED, RUNNING]
    assert sum(state.counts.values()) == 2


# The queue --------------------------------------------------------------------------------------


def test_a_failing_trial_waits_behind_new_ones(make):
    """A trial that rests never holds up those that were not tried yet."""
    state = make.state(3, *make.ran(0, 1, Cause.ERROR, again=True, delay=5.0), now=100.0)
    assert queue(state) == [1, 2, 0]
    assert queue(state, now=104.9) == [1, 2]
    assert queue(state, now=105.0) == [1, 2, 0]
    assert queue(state, most=1) == [1]
    assert queue(state, most=0) == queue(state, most=-1) == []


def test_a_trial_whose_pod_was_given_back_keeps_its_place(make):
    """It only let others go first: it waits before those that come after it, and never has failed."""
    for again in (True, False):
        state = make.state(3, *make.ran(0, 1, Cause.RETURNED, again=again, delay=5.0), now=100.0)
        assert (queue(state, now=100.0), statuses(state)) == ([0, 1, 2], [QUEUED] * 3)


def test_next_due(make):
    """A new trial is due at once, another after its rest, and with an empty queue nothing is."""
    failed = make.ran(0, 1, Cause.ERROR, again=True, delay=5.0)
    assert make.state(0).next_due is None
    assert make.state(2, *failed, now=100.0).next_due == 0.0
    assert make.state(1, *failed, now=100.0).next_due == 105.0
    assert make.state(1, *make.started(0)).next_due is None


@pytest.mark.parametrize(
    ("wall", "due"),
    [(1000.0, 130.0), (1010.0, 120.0), (1030.0, 100.0), (9999.0, 100.0), (900.0, 130.0)],
)
def test_a_rest_goes_on_over_a_restart(make, wall, due):
    """A restart waits for what is left of a rest: never less than nothing, never more than all of it."""
    failed = make.ran(0, 1, Cause.ERROR, again=True, delay=30.0, ended_at=1000.0)
    assert make.state(1, *failed, now=100.0, wall=wall).next_due == due


# Requests -----------------------------------------------------------------------------------------


@pytest.fixture
def mixed(make):
    """One trial of each status, in the order in which statuses are declared."""
    return make.state(
        6,
        *make.started(1),
        *make.ran(2, 1, Cause.ERROR, again=True, delay=9.0),
        *make.ran(3),
        *make.ran(4, 1, Cause.ERROR),
        Granted("before", "cancel", (5,)),
    )


def test_mixed(mixed):
    """Every status is counted under its name."""
    assert statuses(mixed) == list(Status)
    assert mixed.counts == dict.fromkeys(Status, 1)


@pytest.mark.parametrize(
    ("granted", "want"),
    [
        (Granted("w", "cancel"), [CANCELLED, RUNNING, CANCELLED, COMPLETED, FAILED, CANCELLED]),
        (Granted("w", "cancel", (0,)), [CANCELLED, RUNNING, WAITING, COMPLETED, FAILED, CANCELLED]),
        (Granted("w", "cancel", (2, 3)), [QUEUED, RUNNING, CANCELLED, COMPLETED, FAILED, CANCELLED]),
        (Granted("w", "retry"), [QUEUED, RUNNING, WAITING, COMPLETED, QUEUED, CANCELLED]),
        (Granted("w", "retry", (3, 4)), [QUEUED, RUNNING, WAITING, COMPLETED, QUEUED, CANCELLED]),
        (Granted("w", "retry", (5,)), [QUEUED, RUNNING, WAITING, COMPLETED, FAILED, QUEUED]),
        (Granted("w", "retry", (0, 1, 2, 3)), list(Status)),
        (Granted("w", "add"), list(Status)),
        (Granted("w", "cancel", ()), list(Status)),
        (Granted("w", "cancel", (6, 99, -1, -6)), list(Status)),
        (Granted("w", "retry", (99, 4)), [QUEUED, RUNNING, WAITING, COMPLETED, QUEUED, CANCELLED]),
        (Granted("w", "retry", (3,), True), [QUEUED, RUNNING, WAITING, QUEUED, FAILED, CANCELLED]),
        (Granted("w", "retry", None, True), [QUEUED, RUNNING, WAITING, QUEUED, QUEUED, CANCELLED]),
        (Granted("w", "collect"), list(Status)),
    ],
)
def test_granted_requests(mixed, granted, want):
    """A request is remembered, changes those of its trials that it can mean, and ignores what is no trial."""
    mixed.apply(granted)
    assert statuses(mixed) == want
    assert "w" in mixed.granted


def test_cancel_of_what_runs(mixed):
    """A running trial that is cancelled is asked to end, also where it was being ended for something else."""
    mixed.apply(Stopping(Attempt(1, 1), Cause.UNSCHEDULABLE, "no node for it"))
    assert mixed.live[Attempt(1, 1)].stop is Cause.UNSCHEDULABLE
    mixed.apply(Granted("w", "cancel", (1,)))
    assert (mixed.live[Attempt(1, 1)].stop, mixed.live[Attempt(1, 1)].reason) == (Cause.CANCELLED, "")


def test_cancel_leaves_the_others_running(make):
    """Only the trials of the request are ended."""
    state = make.state(2, *make.started(0), *make.started(1), Granted("w", "cancel", (0,)))
    assert [live.stop for live in state.live.values()] == [Cause.CANCELLED, None]


def test_retry_starts_afresh(mixed):
    """A trial that is retried has its whole budget, goes on counting its attempts, and is no failure."""
    mixed.trials[4].spent = {Cause.ERROR: 1}
    mixed.apply(RETRY_ALL)
    assert (mixed.trials[4].spent, mixed.trials[4].number, list(mixed.failures)) == ({}, 1, [])
    assert queue(mixed, now=0.0) == [0, 4]


def test_a_completed_trial_that_runs_again_starts_afresh(make):
    """It has its whole budget again, its next attempt a new number, and then the new outcome counts."""
    state = make.state(1, *make.ran(0, 1, Cause.ERROR, again=True), *make.ran(0, 2, metrics={"acc": 1}))
    state.apply(Granted("w", "retry", (0,), True))
    assert (state.trials[0].spent, state.trials[0].number, statuses(state)) == ({}, 2, [QUEUED])
    state.apply_all(make.ran(0, 3, Cause.ERROR))
    assert state.trials[0].outcome == make.outcome(Cause.ERROR)
    assert (statuses(state), list(state.failures)) == ([FAILED], [0])


@pytest.mark.parametrize("begun", ["queued", "doubtful"])
def test_a_completed_trial_that_is_not_run_again_after_all_keeps_its_outcome(make, begun):
    """A cancel before anything of it ran leaves it as completed as it was."""
    state = make.state(1, *make.ran(0), Granted("r", "retry", (0,), True))
    if begun == "doubtful":
        state.apply(Launching(Attempt(0, 2), 1.0))
    state.apply(CANCEL_ALL)
    state.apply(Abandoned(Attempt(0, 2)))
    assert (statuses(state), state.trials[0].outcome) == ([COMPLETED], make.outcome())


@pytest.mark.parametrize("cause", [Cause.RETURNED, Cause.PREEMPTED, Cause.ERROR, Cause.CANCELLED])
def test_a_completed_trial_whose_rerun_is_cancelled_keeps_its_outcome(make, cause):
    """Whatever became of the rerun until then, as long as it has not failed for good."""
    state = make.state(1, *make.ran(0, metrics={"acc": 1}), Granted("r", "retry", (0,), True))
    state.apply_all(make.started(0, 2))
    if cause is Cause.CANCELLED:
        state.apply(CANCEL_ALL)
    state.apply(Ended(Attempt(0, 2), "u", make.outcome(cause), again=cause is not Cause.CANCELLED))
    state.apply(CANCEL_ALL)
    one = state.trials[0]
    assert (one.status, one.outcome, one.ended) == (COMPLETED, make.outcome(metrics={"acc": 1}), 1)
    assert (one.number, one.result_attempt) == (2, 1)
    state.apply_all([Granted("again", "retry", (0,), True), *make.ran(0, 3, Cause.ERROR)])
    assert (one.status, one.outcome, one.ended) == (FAILED, make.outcome(Cause.ERROR), 3)
    state.apply_all([Granted("once more", "retry"), Granted("no", "cancel")])
    assert (one.status, one.outcome) == (CANCELLED, make.outcome(Cause.ERROR))


def test_a_line_that_is_there_twice_changes_nothing(make):
    """Neither a launch nor a retry that stands in the journal once more makes an ended trial run again."""
    retry = Granted("r", "retry", (0,))
    records = [*make.ran(0, 1, Cause.ERROR), retry, *make.ran(0, 2, Cause.ERROR)]
    state = make.state(1, *records)
    state.apply_all([records[0], retry])
    assert statuses(state) == [FAILED]
    assert not state.live
    assert state.next_due is None


# Collecting again -------------------------------------------------------------------------------

NO_RESULT, BAD_RESULT = Cause.NO_RESULT, Cause.BAD_RESULT


@pytest.mark.parametrize(
    ("before", "after", "want"),
    [
        (Cause.COMPLETED, Cause.COMPLETED, COMPLETED),
        (Cause.COMPLETED, NO_RESULT, FAILED),
        (NO_RESULT, Cause.COMPLETED, COMPLETED),
        (BAD_RESULT, Cause.COMPLETED, COMPLETED),
        (BAD_RESULT, NO_RESULT, FAILED),
    ],
)
def test_what_is_collected_replaces_metrics_and_cause(make, before, after, want):
    """The last reading counts; the trial moves with its cause, and everything measured stays."""
    state = make.state(2, *make.ran(0, 1, before, metrics={"acc": 1}, error="no", host="h", code=0))
    collected = Collected(Attempt(0, 1), after, {"acc": 2}, "why", 9.0, "odd names")
    state.apply_all([Collected(Attempt(0, 1), BAD_RESULT, {}, "no JSON"), collected])
    changed = make.outcome(after, metrics={"acc": 2}, error="why", host="h", code=0, warning="odd names")
    assert (statuses(state), state.trials[0].outcome) == ([want, QUEUED], changed)
    assert list(state.failures) == ([0] if want is FAILED else [])
    assert sum(state.counts.values()) == 2


@pytest.mark.parametrize(
    ("build", "attempt", "cause"),
    [
        (lambda make: [], Attempt(0, 1), Cause.COMPLETED),
        (lambda make: make.started(0), Attempt(0, 1), Cause.COMPLETED),
        (lambda make: make.ran(0, 1, NO_RESULT, again=True, delay=5.0), Attempt(0, 1), Cause.COMPLETED),
        (
            lambda make: [*make.ran(0, 1, NO_RESULT), Granted("w", "retry", (0,))],
            Attempt(0, 1),
            Cause.COMPLETED,
        ),
        (lambda make: make.ran(0, 1, Cause.ERROR), Attempt(0, 1), Cause.COMPLETED),
        (lambda make: make.ran(0), Attempt(0, 1), Cause.ERROR),
        (
            lambda make: [*make.ran(0, 1, NO_RESULT, again=True), *make.ran(0, 2, NO_RESULT)],
            Attempt(0, 1),
            Cause.COMPLETED,
        ),
        (lambda make: make.ran(0), Attempt(0, 2), Cause.COMPLETED),
    ],
)
def test_only_the_last_outcome_of_a_trial_that_is_over_is_replaced(make, build, attempt, cause):
    """What runs or will run again, what failed otherwise, and an earlier attempt are left alone."""
    state = make.state(1, *build(make))
    before = facts(state)
    state.apply(Collected(attempt, cause, {"acc": 2}))
    assert facts(state) == before


def test_what_could_not_be_read_again_changes_nothing(make):
    """The record says why; what was recorded before stays."""
    state = make.state(1, *make.ran(0, metrics={"acc": 1}))
    before = facts(state)
    state.apply(Collected(Attempt(0, 1), Cause.COMPLETED, {}, kept="its folder is gone"))
    assert facts(state) == before


def test_a_cancelled_trial_whose_program_ended_well_can_be_collected(make):
    """It was cancelled while it waited to be tried again for want of metrics; they may be there now."""
    state = make.state(1, *make.ran(0, 1, NO_RESULT, again=True), CANCEL_ALL)
    state.apply(Collected(Attempt(0, 1), BAD_RESULT, {}, "no JSON"))
    assert statuses(state) == [CANCELLED]
    state.apply(Collected(Attempt(0, 1), Cause.COMPLETED, {"acc": 2}))
    assert statuses(state) == [COMPLETED]


def test_a_pause_and_what_led_to_it_stay(make):
    """Reading again is no reason to go on by itself."""
    state = make.state(2, *make.failed(0, cause=NO_RESULT), Paused("all alike"))
    state.apply(Collected(Attempt(0, 1), Cause.COMPLETED, {"acc": 2}))
    assert (state.paused, set(state.alike)) == ("all alike", {0})


# Pausing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "want"),
    [
        (lambda make: [], set()),
        (lambda make: make.failed(0, 1, 2), {0, 1, 2}),
        (lambda make: make.ran(0), set()),
        (lambda make: [*make.failed(0, 1), *make.ran(2)], set()),
        (lambda make: [*make.ran(2), *make.failed(0, 1)], set()),
        (lambda make: [*make.failed(0, 1), *make.failed(2, error="KeyError: 'x'")], set()),
        (lambda make: [*make.failed(0), *make.failed(1, error="KeyError"), *make.failed(2)], set()),
        (lambda make: [*make.failed(0), *make.failed(1, cause=Cause.OOM)], set()),
        (lambda make: [*make.failed(0, error="seed 17"), *make.failed(1, error="seed 3")], {0, 1}),
        (lambda make: make.failed(0, 1, 2, cause=Cause.DELETED), set()),
        (lambda make: make.failed(0, 1, 2, cause=Cause.CANCELLED), set()),
        (lambda make: [*make.failed(0, 1, cause=Cause.EVICTED), *make.failed(2)], {2}),
        (
            lambda make: [*make.failed(0), *make.failed(1, error="", cause=Cause.EVICTED), *make.failed(2)],
            {0, 2},
        ),
        (lambda make: [*make.failed(0), *make.ran(0, 2, Cause.ERROR, error="boom")], {0}),
        (lambda make: [*make.failed(0, 1), Resumed()], set()),
        (lambda make: [*make.ran(3), Resumed(), *make.failed(0, 1)], {0, 1}),
        (lambda make: [*make.ran(3), RETRY_ALL, *make.failed(0, 1)], {0, 1}),
        (lambda make: [*make.failed(0, 1), CANCEL_ALL], {0, 1}),
    ],
)
def test_alike(make, build, want):
    """The trials that all ended the same bad way are known, for as long as nothing else has ended."""
    assert set(make.state(4, *build(make)).alike) == want


@pytest.mark.parametrize(
    ("records", "want"),
    [
        ([Paused("why")], "why"),
        ([Paused("why"), Resumed()], ""),
        ([Paused("why"), RETRY_ALL], ""),
        ([Paused("why"), CANCEL_ALL], "why"),
        ([Resumed()], ""),
    ],
)
def test_paused(make, records, want):
    """A pause lasts until the sweep is resumed or trials are requested again."""
    assert make.state(2, *records).paused == want


@pytest.mark.parametrize(
    ("build", "want"),
    [
        (lambda make: [], ""),
        (lambda make: make.failed(0, cause=Cause.IMAGE, error="no such image"), "no such image"),
        (lambda make: make.failed(0, cause=Cause.BAD_SPEC, error="no such claim"), "no such claim"),
        (lambda make: make.failed(0, cause=Cause.IMAGE, error="no such image", again=True), "no such image"),
        (lambda make: [*make.failed(0, cause=Cause.IMAGE, error="x"), *make.ran(1)], "x"),
        (lambda make: [*make.failed(0, cause=Cause.IMAGE, error="x"), Paused("x")], "x"),
        (lambda make: [*make.failed(0, cause=Cause.IMAGE, error="x"), Resumed()], ""),
        (lambda make: [*make.failed(0, cause=Cause.IMAGE, error="x"), RETRY_ALL], ""),
        (lambda make: make.failed(0, 1, cause=Cause.UNSCHEDULABLE, error="x"), ""),
    ],
)
def test_fatal(make, build, want):
    """One end that every other trial would come to as well is remembered until somebody has looked."""
    assert make.state(3, *build(make)).fatal == want


@pytest.mark.parametrize(
    ("build", "want"),
    [
        (lambda make: make.failed(0, 1, 2, cause=Cause.DELETED), 3),
        (lambda make: [*make.failed(0, 1, cause=Cause.DELETED), *make.ran(2)], 0),
        (lambda make: [*make.failed(0, 1, cause=Cause.DELETED), *make.failed(2)], 2),
        (lambda make: [*make.ran(2), *make.failed(0, 1, cause=Cause.DELETED)], 2),
        (
            lambda make: [
                *make.failed(0, 1, cause=Cause.DELETED),
                *make.started(2),
                Abandoned(Attempt(2, 1)),
            ],
            2,
        ),
        (lambda make: [*make.failed(0, 1, cause=Cause.DELETED), Resumed()], 0),
        (lambda make: [*make.failed(0, 1, cause=Cause.DELETED), RETRY_ALL], 0),
        (lambda make: make.failed(0, 1, cause=Cause.EVICTED), 0),
    ],
)
def test_deletions(make, build, want):
    """Ends that somebody else caused are counted until a trial completes or somebody has looked."""
    assert len(make.state(3, *build(make)).deletions) == want


def test_measured(make):
    """Run times are learned from what completed, and from nothing else."""
    state = make.state(3, *make.ran(0, seconds=4.0), *make.ran(1, seconds=6.0), *make.ran(2, 1, Cause.ERROR))
    assert (state.measured, state.measured_seconds) == (2, 10.0)


# Whatever happens ---------------------------------------------------------------------------------


def facts(state: State, *, due: bool = True) -> dict[str, Any]:
    """Everything that a state knows, in a form that compares."""
    return {
        "trials": [
            (one.trial, one.status, one.number, one.due if due else None, one.spent, one.outcome)
            for one in state.trials
        ],
        "live": {attempt: replace(live) for attempt, live in state.live.items()},
        "queue": queue(state) if due else set(queue(state)),
        "rest": [
            state.by_key,
            state.counts,
            state.granted,
            state.paused,
            list(state.failures),
            state.measured,
            state.measured_seconds,
            state.alike,
            state.fatal,
            len(state.deletions),
        ],
    }


@pytest.mark.parametrize(
    ("launched", "want"),
    [
        ([Launched(Attempt(0, 1), "u", at=7.0)], 7.0),
        ([Launched(Attempt(0, 1), "u")], 5.0),
        ([Launched(Attempt(0, 1), "u", pending=True, at=6.0)], None),
        (
            [Launched(Attempt(0, 1), "u", pending=True, at=6.0), Launched(Attempt(0, 1), "u", "n", at=9.0)],
            9.0,
        ),
    ],
)
def test_a_trial_starts_when_an_attempt_of_it_first_runs(make, launched, want):
    """The start is when it was first seen to run, or when it was launched where nobody saw it."""
    assert make.state(1, Launching(Attempt(0, 1), 5.0), *launched).trials[0].started_at == want


def test_a_start_that_nobody_saw_follows_from_the_end(make):
    """An exit record tells how long it ran; a later attempt is no first start."""
    asked = [Launching(Attempt(0, 1), 5.0), Launched(Attempt(0, 1), "u", pending=True)]
    ended = Ended(Attempt(0, 1), "u", make.outcome(Cause.ERROR, code=1, seconds=2.0, ended_at=9.0), True)
    state = make.state(1, *asked, ended, *make.started(0, 2, at=20.0))
    assert state.trials[0].started_at == 7.0


def test_what_joins_later_knows_when(make):
    """A trial that was added to a sweep that was there already knows since when it can run."""
    state = State().apply_all([Added(make.trial(0)), Added(make.trial(1), 30.0)])
    assert [one.added_at for one in state.trials] == [0.0, 30.0]


class Journal(RuleBasedStateMachine):
    """Every legal journal: trials join, attempts start and end, requests come, in any order."""

    lives = Bundle("lives")
    gone = Bundle("gone")

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.now = 0.0
        self.written: list[tuple[float, Record]] = []
        self.outcomes: dict[Attempt, Outcome] = {}
        self.numbers: dict[int, int] = {}

    def write(self, record: Record) -> None:
        self.written.append((self.now, record))
        self.state.apply(record, self.now, self.now)

    @rule(seconds=st.sampled_from([0.5, 3.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(many=st.integers(1, 4))
    def add(self, many: int) -> None:
        for index in range(len(self.state.trials), len(self.state.trials) + many):
            self.write(Added(Trial(index, f"{index:012x}", {"i": index}, "run")))

    @precondition(lambda self: self.state.trials)
    @rule(chosen=st.integers(0, 100))
    def add_again(self, chosen: int) -> None:
        self.write(Added(self.state.trials[chosen % len(self.state.trials)].trial))

    @precondition(lambda self: queue(self.state, self.now))
    @rule(target=lives, chosen=st.integers(0, 100), message=st.booleans())
    def launch(self, chosen: int, message: bool) -> Attempt:
        ready = queue(self.state, self.now)
        one = self.state.trials[ready[chosen % len(ready)]]
        attempt = Attempt(one.trial.index, one.number + 1)
        assert attempt.number > self.numbers.get(attempt.trial, 0)
        self.numbers[attempt.trial] = attempt.number
        self.write(Launching(attempt, self.now))
        if message:
            self.write(Launched(attempt, f"u{attempt.number}", "node"))
        return attempt

    @rule(attempt=lives, pending=st.booleans())
    def launched(self, attempt: Attempt, pending: bool) -> None:
        self.write(Launched(attempt, "adopted", pending=pending))

    @rule(attempt=lives)
    def stop(self, attempt: Attempt) -> None:
        if self.state.live[attempt].stop is None:
            self.write(Stopping(attempt, Cause.DEADLINE, "too long"))

    @rule(
        target=gone,
        attempt=consumes(lives),
        cause=st.sampled_from(Cause),
        again=st.booleans(),
        delay=st.sampled_from([0.0, 2.0, 60.0]),
        error=st.sampled_from(["", "boom 1", "boom 2", "bang"]),
    )
    def end(self, attempt: Attempt, cause: Cause, again: bool, delay: float, error: str) -> Any:
        outcome = Outcome(cause, 1.0, self.now, error=error)
        final = cause in (Cause.COMPLETED, Cause.CANCELLED)
        self.outcomes[attempt] = outcome
        self.write(Ended(attempt, "u", outcome, again and not final, delay))
        return multiple(attempt)

    @rule(target=gone, attempt=consumes(lives))
    def abandon(self, attempt: Attempt) -> Attempt:
        self.write(Abandoned(attempt))
        return attempt

    @rule(attempt=gone, kind=st.sampled_from(["launched", "stopping", "voided", "ended"]))
    def say_something_late(self, attempt: Attempt, kind: str) -> None:
        before = facts(self.state)
        late: dict[str, Record] = {
            "launched": Launched(attempt, "late"),
            "stopping": Stopping(attempt, Cause.DEADLINE),
            "voided": Abandoned(attempt),
            "ended": Ended(attempt, "late", Outcome(Cause.COMPLETED, 9.0, 9.0)),
        }
        self.write(late[kind])
        assert facts(self.state) == before

    @rule(
        kind=st.sampled_from(["cancel", "retry", "add"]),
        trials=st.none() | st.lists(st.integers(-2, 12), max_size=4).map(tuple),
        number=st.integers(0, 9),
        completed=st.booleans(),
    )
    def grant(self, kind: str, trials: tuple[int, ...] | None, number: int, completed: bool) -> None:
        self.write(Granted(f"w{number}", kind, trials, completed))

    @precondition(lambda self: self.outcomes)
    @rule(chosen=st.integers(0, 100), cause=st.sampled_from(Cause), acc=st.integers(0, 3))
    def collect(self, chosen: int, cause: Cause, acc: int) -> None:
        attempt = sorted(self.outcomes)[chosen % len(self.outcomes)]
        one, last = (
            self.state.trials[attempt.trial],
            max(a for a in self.outcomes if a.trial == attempt.trial),
        )
        before = facts(self.state)
        self.write(Collected(attempt, cause, {"acc": acc}, "e"))
        if attempt == last and can_collect(one) and cause in COLLECTABLE:
            self.outcomes[attempt] = replace(
                self.outcomes[attempt], cause=cause, metrics={"acc": acc}, error="e"
            )
        else:
            assert facts(self.state) == before

    @rule(pause=st.booleans())
    def pause_or_resume(self, pause: bool) -> None:
        self.write(Paused("why") if pause else Resumed())

    @invariant()
    def counts_sum(self) -> None:
        assert sum(self.state.counts.values()) == len(self.state.trials)
        assert self.state.counts == {s: statuses(self.state).count(s) for s in Status}

    @invariant()
    def one_live_attempt_at_most(self) -> None:
        running = [one.trial.index for one in self.state.trials if one.status is RUNNING]
        assert sorted(attempt.trial for attempt in self.state.live) == running
        for attempt in self.state.live:
            assert attempt.number == self.state.trials[attempt.trial].number

    @invariant()
    def queue_is_what_waits(self) -> None:
        waiting = [one for one in self.state.trials if one.status in (QUEUED, WAITING)]
        waiting.sort(key=lambda one: (one.due, one.trial.index))
        assert queue(self.state) == [one.trial.index for one in waiting]
        assert self.state.next_due == (waiting[0].due if waiting else None)

    @invariant()
    def numbers_only_grow(self) -> None:
        assert {i: one.number for i, one in enumerate(self.state.trials) if one.number} == self.numbers

    @invariant()
    def outcomes_never_change(self) -> None:
        """The last one counts; of a completed trial, whose rerun may be cancelled, the last completed."""
        for one in self.state.trials:
            ended = [attempt for attempt in self.outcomes if attempt.trial == one.trial.index]
            if one.status is COMPLETED:
                ended = [attempt for attempt in ended if self.outcomes[attempt].cause is Cause.COMPLETED]
            assert one.outcome == (self.outcomes[max(ended)] if ended else None)
            assert one.ended == (max(ended).number if ended else 0)

    @invariant()
    def failures_are_those_that_failed(self) -> None:
        failed = [one.trial.index for one in self.state.trials if one.status is FAILED]
        assert sorted(self.state.failures) == failed

    def teardown(self) -> None:
        again = State()
        for now, record in self.written:
            read = from_json(json.loads(json.dumps(to_json(record))))
            assert read is not None
            again.apply(read, now, now)
        assert facts(again) == facts(self.state)
        later = State().apply_all([record for _, record in self.written], 7.0, self.now + 5.0)
        assert facts(later, due=False) == facts(self.state, due=False)


class TestJournal(Journal.TestCase):
    """Counts sum, numbers grow, outcomes stand, one attempt a trial is live, a restart changes nothing."""

    settings = settings(deadline=None, max_examples=30, stateful_step_count=30)
