"""What the plan decides: lists of actions, compared with the lists that are wanted."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.model import Attempt, Cause, Outcome, Phase
from sweeper.core.plan import Abandon, Launch, Observation, Pause, Plan, Record, Remove, Stop, plan
from sweeper.core.records import Abandoned, Granted, Launching, Paused, Resumed, Stopping
from sweeper.core.settings import ResultsSettings, RetrySettings, Settings, SweepSettings

DEFAULTS = Settings()
FIRST, SECOND = Attempt(0, 1), Attempt(1, 1)
NOTHING: tuple[Any, ...] = ()


def observation(*sightings, capacity=0, now=1000.0, findings=None, **changes) -> Observation:
    """A world that shows `sightings`; wall time is monotonic time plus 5000."""
    shown = {sighting.attempt: sighting for sighting in sightings}
    return Observation(now, now + 5000.0, capacity, shown, findings or {}, **changes)


def pausing(many: int) -> Settings:
    return Settings(sweep=SweepSettings(pause_after=many))


# Launching ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "want"), [(0, []), (-1, []), (1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (9, [0, 1, 2])]
)
def test_launches_fill_the_capacity(make, capacity, want):
    """Trials are launched in grid order, as many as there is capacity for."""
    actions = tuple(Launch(Attempt(index, 1)) for index in want)
    assert plan(make.state(3), observation(capacity=capacity), DEFAULTS) == Plan(
        actions, None, finished=False
    )


def test_a_new_number_for_every_try(make):
    """A trial is launched under the number after the highest that it ever used."""
    state = make.state(2, *make.ran(0, 3, Cause.ERROR, again=True), *make.started(1, 1), Abandoned(SECOND))
    assert plan(state, observation(capacity=9), DEFAULTS).actions == (
        Launch(Attempt(0, 4)),
        Launch(Attempt(1, 2)),
    )


def test_a_rest_is_waited_for(make):
    """A trial that rests is not launched, and the plan says when to look again."""
    state = make.state(1, *make.ran(0, 1, Cause.ERROR, again=True, delay=30.0), now=1000.0)
    assert plan(state, observation(capacity=1, now=1029.0), DEFAULTS) == Plan(NOTHING, 1030.0, finished=False)
    assert plan(state, observation(capacity=1, now=1030.0), DEFAULTS).actions == (Launch(Attempt(0, 2)),)


def test_what_has_not_started_is_sent_back_if_that_is_asked_for(make):
    """It may hold a place that others wait for; what runs goes on, what ends already is not asked twice."""
    state = make.state(3, *make.started(0), *make.started(1), *make.started(2))
    shown = [make.sighting(0, phase=Phase.PENDING), make.sighting(1, phase=Phase.RUNNING)]
    assert plan(state, observation(*shown, draining=True, returning=True), DEFAULTS).actions == (
        Stop(FIRST, Cause.RETURNED, "it had not started when the run was asked to launch nothing more"),
    )
    assert plan(state, observation(*shown, draining=True), DEFAULTS).actions == ()
    stopping = make.state(1, *make.started(0), Stopping(FIRST, Cause.CANCELLED))
    asked = observation(shown[0], draining=True, returning=True, asked={FIRST})
    assert plan(stopping, asked, DEFAULTS).actions == ()


def test_nothing_is_launched_twice(make):
    """What is live already is not launched again, whether the backend shows it or not."""
    state = make.state(1, *make.started(0))
    running = make.sighting(0, phase=Phase.RUNNING)
    assert plan(state, observation(capacity=9), DEFAULTS) == Plan(NOTHING, None, finished=False)
    assert plan(state, observation(running, capacity=9), DEFAULTS) == Plan(NOTHING, None, finished=False)


@pytest.mark.parametrize("stopper", ["draining", "paused"])
def test_nothing_is_launched_while_the_sweep_stands(make, stopper):
    """A sweep that drains or pauses launches nothing, and waits for no rest to end."""
    rests = make.ran(0, 1, Cause.ERROR, again=True, delay=30.0)
    state = make.state(2, *rests, *([Paused("why")] if stopper == "paused" else []), *make.started(1))
    seen = observation(make.sighting(1, phase=Phase.RUNNING), capacity=9, draining=stopper == "draining")
    assert plan(state, seen, DEFAULTS) == Plan(NOTHING, None, finished=False)


# Collecting -----------------------------------------------------------------------------------------


def collected(make, cause, step, *, number=1, error="", **changes):
    outcome = make.outcome(cause, ended_at=5010.0, host="here", error=error, **changes)
    return Record(Attempt(0, number), make.uid(0, number), outcome, step), Remove(Attempt(0, number))


def test_an_end_is_recorded_before_it_is_forgotten(make):
    """An attempt that completed is recorded with what it left, and only then removed."""
    seen = observation(make.sighting(0), findings={FIRST: make.finding(0, metrics={"loss": 0.5})})
    want = collected(make, Cause.COMPLETED, 0, code=0, metrics={"loss": 0.5})
    assert plan(make.state(1, *make.started(0)), seen, DEFAULTS) == Plan(want, None, finished=False)


def test_an_end_without_a_finding_is_waited_for(make):
    """As long as an ended attempt's files may still appear, nothing is concluded from it."""
    state = make.state(1, *make.started(0))
    assert plan(state, observation(make.sighting(0)), DEFAULTS) == Plan(NOTHING, None, finished=False)


def test_a_failure_is_tried_again(make):
    """A failure within its budget is recorded with how often the trial has rested for it."""
    seen = observation(make.sighting(0), findings={FIRST: make.finding(1, log_tail="boom")})
    want = collected(make, Cause.ERROR, 1, code=1, error="boom")
    assert plan(make.state(1, *make.started(0)), seen, DEFAULTS).actions == want


def test_a_failure_beyond_the_budget(make):
    """A failure that has spent its budget is recorded as the trial's last."""
    state = make.state(1, *make.ran(0, 1, Cause.ERROR, again=True), *make.started(0, 2))
    left = make.finding(1, uid=make.uid(0, 2), log_tail="boom")
    want = collected(make, Cause.ERROR, 0, number=2, code=1, error="boom")
    assert (
        plan(state, observation(make.sighting(0, 2), findings={Attempt(0, 2): left}), DEFAULTS).actions
        == want
    )


def test_the_configured_budget_counts(make):
    """How often a trial is tried again is what the configuration says."""
    state = make.state(1, *make.started(0))
    seen = observation(make.sighting(0), findings={FIRST: make.finding(1, log_tail="boom")})
    never = Settings(retry=RetrySettings(budgets={"error": 0}))
    assert plan(state, seen, never).actions == collected(make, Cause.ERROR, 0, code=1, error="boom")


@pytest.mark.parametrize(
    ("required", "cause", "step"), [(False, Cause.COMPLETED, 0), (True, Cause.NO_RESULT, 1)]
)
def test_a_required_result(make, required, cause, step):
    """An attempt that leaves no metrics has completed, unless a result is required."""
    seen = observation(make.sighting(0), findings={FIRST: make.finding(0)})
    settings = Settings(results=ResultsSettings(required=required))
    record = plan(make.state(1, *make.started(0)), seen, settings).actions[0]
    assert isinstance(record, Record)
    assert (record.outcome.cause, record.step) == (cause, step)


@pytest.mark.parametrize(
    ("code", "left", "cause"),
    [
        (143, {"terminated": True}, Cause.CANCELLED),
        (0, {"problem": "no JSON"}, Cause.COMPLETED),
        (0, {}, Cause.COMPLETED),
    ],
)
def test_what_was_cancelled_is_not_tried_again(make, code, left, cause):
    """However a cancelled attempt ends, and whatever the budgets are, its trial is not tried again."""
    state = make.state(1, *make.started(0), Granted("w", "cancel"))
    generous = Settings(retry=RetrySettings(budgets=dict.fromkeys(map(str, Cause), 9)))
    seen = observation(make.sighting(0), findings={FIRST: make.finding(code, **left)})
    record = plan(state, seen, generous).actions[0]
    assert isinstance(record, Record)
    assert (record.outcome.cause, record.step) == (cause, 0)


def test_without_a_record_the_controllers_times_count(make):
    """Where no exit record tells more, an attempt lasted from its launch until it was seen to have ended."""
    state = make.state(1, *make.started(0, at=5900.0))
    seen = observation(
        make.sighting(0, node="n", cause=Cause.NODE_LOST), findings={FIRST: make.finding(None)}
    )
    lost = Outcome(Cause.NODE_LOST, 100.0, 6000.0, host="n", error="ended as node_lost")
    want = Record(FIRST, make.uid(0), lost, 1), Remove(FIRST)
    assert plan(state, seen, DEFAULTS).actions == want


def test_what_is_not_ours_to_end_is_left_alone(make):
    """Attempts that the journal does not know as live cause nothing, whatever the backend shows."""
    state = make.state(1, *make.ran(0))
    shown = [make.sighting(0), make.sighting(7, phase=Phase.RUNNING)]
    seen = observation(*shown, capacity=9, findings={FIRST: make.finding(1)})
    assert plan(state, seen, DEFAULTS) == Plan(NOTHING, None, finished=True)


# What was asked for -----------------------------------------------------------------------------------


def refused(make, *records, message="no quota"):
    """The plan for one attempt that was asked for and refused."""
    state = make.state(2, Launching(FIRST, 0.0), *records)
    shown = make.sighting(0, phase=Phase.REFUSED, uid="", message=message)
    return plan(state, observation(shown), Settings(retry=RetrySettings(budgets={"unschedulable": 1})))


def test_what_is_not_answered_yet_is_waited_for(make):
    """An attempt that was asked for and has no identity yet is live, and its trial is not launched again."""
    state = make.state(1, Launching(FIRST, 0.0))
    shown = make.sighting(0, phase=Phase.PENDING, uid="")
    assert plan(state, observation(shown, capacity=9), DEFAULTS) == Plan(NOTHING, None, finished=False)


def test_a_refusal_puts_the_trial_back(make):
    """It is abandoned in the backend's words, forgotten, and launched again in a later turn."""
    assert refused(make) == Plan((Abandon(FIRST, "no quota"), Remove(FIRST)), None, finished=False)


def test_a_refusal_of_what_was_cancelled(make):
    """What was cancelled and never came to be is abandoned all the same: the state knows what that means."""
    assert refused(make, Granted("w", "cancel")).actions == (Abandon(FIRST, "no quota"), Remove(FIRST))


@pytest.mark.parametrize(
    ("cause", "step"), [(Cause.UNSCHEDULABLE, 1), (Cause.RETURNED, 1), (Cause.IMAGE, 0), (Cause.DEADLINE, 0)]
)
def test_a_refusal_of_what_was_to_end(make, cause, step):
    """What was to end for a cause has that end, and spends that budget, though it never ran."""
    want = Outcome(cause, 0.0, 6000.0, error="it waits in vain")
    stopping = Stopping(FIRST, cause, "it waits in vain")
    assert refused(make, stopping).actions == (Record(FIRST, "", want, step), Remove(FIRST))


@pytest.mark.parametrize("uid", ["", "u"])
def test_what_waits_in_vain_is_ended(make, uid):
    """A pending attempt that shows a cause is ended for it, in the backend's words; a running one is not."""
    state = make.state(1, Launching(FIRST, 0.0))
    shown = {"uid": uid, "cause": Cause.UNSCHEDULABLE, "message": "no node"}
    pending, running = (make.sighting(0, phase=phase, **shown) for phase in (Phase.PENDING, Phase.RUNNING))
    assert plan(state, observation(pending), DEFAULTS).actions == (
        Stop(FIRST, Cause.UNSCHEDULABLE, "no node"),
    )
    assert plan(state, observation(running), DEFAULTS).actions == NOTHING
    state.apply(Stopping(FIRST, Cause.UNSCHEDULABLE, "no node"))
    assert plan(state, observation(pending, asked={FIRST}), DEFAULTS).actions == NOTHING


# Ending ---------------------------------------------------------------------------------------------


def limited(make, *records, phase=Phase.RUNNING, now=1000.0, **changes):
    """The plan for one live attempt that has been in `phase` since 900, with 60 seconds to run."""
    state = make.state([make.trial(0, time_limit=60.0)], *make.started(0), *records)
    return plan(state, observation(make.sighting(0, phase=phase, since=900.0), now=now, **changes), DEFAULTS)


def test_within_its_time_limit(make):
    """An attempt within its time limit is left alone, and looked at again when the limit is reached."""
    assert limited(make, now=959.0) == Plan(NOTHING, 960.0, finished=False)


@pytest.mark.parametrize("now", [960.0, 1000.0])
def test_beyond_its_time_limit(make, now):
    """An attempt that has reached its time limit is ended."""
    assert limited(make, now=now) == Plan((Stop(FIRST, Cause.DEADLINE),), None, finished=False)


def test_waiting_to_start_is_not_running(make):
    """Time spent before it runs does not count against an attempt's limit."""
    assert limited(make, phase=Phase.PENDING) == Plan(NOTHING, None, finished=False)


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.RUNNING])
@pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.DEADLINE])
def test_what_was_decided_is_asked_for_once(make, phase, cause):
    """A live attempt that is to end is asked to, once for each controller."""
    stopping = Stopping(FIRST, cause)
    assert limited(make, stopping, phase=phase).actions == (Stop(FIRST, cause),)
    assert limited(make, stopping, phase=phase, asked={FIRST}) == Plan(NOTHING, None, finished=False)


def test_the_earliest_wake(make):
    """The plan wakes for whatever comes first, be it a deadline or the end of a rest."""
    trials = [make.trial(index, time_limit=limit) for index, limit in enumerate([60.0, 30.0, None])]
    records = [*make.started(0), *make.started(1), *make.ran(2, 1, Cause.ERROR, again=True, delay=45.0)]
    state = make.state(trials, *records, now=1000.0)
    running = [make.sighting(index, phase=Phase.RUNNING, since=1000.0) for index in (0, 1)]
    assert plan(state, observation(*running, capacity=1, now=1001.0), DEFAULTS).wake_at == 1030.0
    assert plan(state, observation(running[0], capacity=1, now=1001.0), DEFAULTS).wake_at == 1045.0


# Pausing --------------------------------------------------------------------------------------------


def paused_by(make, *records, many=3) -> tuple[Any, ...]:
    return plan(make.state(9, *records), observation(capacity=1), pausing(many)).actions


def test_a_pause(make):
    """When the first trials all end the same bad way nothing more is launched, and the reason is told."""
    want = (Pause("the first 3 trials all ended alike: boom"),)
    state = make.state(9, *make.failed(0, 1, 2))
    assert plan(state, observation(capacity=1), pausing(3)) == Plan(want, None, finished=False)


@pytest.mark.parametrize(
    "build",
    [
        lambda make: make.failed(0, 1),
        lambda make: [*make.ran(0), *make.failed(1, 2, 3)],
        lambda make: [*make.failed(0, 1), *make.ran(3), *make.failed(2)],
        lambda make: [*make.failed(0, 1), *make.failed(2, error="bang"), *make.failed(3, 4)],
        lambda make: [*make.failed(0, 1), *make.failed(2, cause=Cause.OOM)],
        lambda make: make.failed(0, 1, 2, cause=Cause.DELETED, again=True),
        lambda make: [*make.failed(0, 1, again=True), *make.failed(0, 1, number=2)],
    ],
    ids=[
        "too few",
        "one completed",
        "one completed between",
        "other words",
        "other cause",
        "free",
        "same trials",
    ],
)
def test_no_pause(make, build):
    """No pause while fewer failed, after one that ended otherwise, or for what is nobody's fault."""
    assert [type(action) for action in paused_by(make, *build(make))] == [Launch]


def test_pausing_can_be_switched_off(make):
    """With pause_after=0 a sweep never pauses itself."""
    assert [type(action) for action in paused_by(make, *make.failed(*range(8)), many=0)] == [Launch]


@pytest.mark.parametrize("many", [0, 3])
@pytest.mark.parametrize("cause", [Cause.IMAGE, Cause.BAD_SPEC])
def test_what_is_fatal_pauses_at_once(make, cause, many):
    """One such end is enough, whatever pause_after says, and its words are the reason."""
    records = [*make.ran(1), *make.failed(0, cause=cause, error="no such image")]
    assert paused_by(make, *records, many=many) == (Pause("no such image"),)
    assert [type(action) for action in paused_by(make, *records, Resumed(), many=many)] == [Launch]


@pytest.mark.parametrize("many", [0, 3])
def test_trouble_pauses_at_once(make, many):
    """Why nothing can be started is the reason; it is said once, and launches nothing meanwhile."""
    state = make.state(2, *make.started(0))
    shown = observation(make.sighting(0, phase=Phase.RUNNING), capacity=9, trouble="no such namespace")
    assert plan(state, shown, pausing(many)) == Plan((Pause("no such namespace"),), None, finished=False)
    state.apply(Paused("no such namespace"))
    assert plan(state, shown, pausing(many)) == Plan(NOTHING, None, finished=False)


def test_trouble_comes_before_what_it_has_led_to(make):
    """The backend's own words are nearer to the matter than what became of the attempts."""
    state = make.state(9, *make.failed(0, cause=Cause.IMAGE, error="no such image"))
    assert plan(state, observation(trouble="no rights"), DEFAULTS).actions == (Pause("no rights"),)


@pytest.mark.parametrize(
    ("many", "ends", "paused"), [(2, 8, False), (2, 9, True), (1, 4, False), (1, 5, True), (0, 9, False)]
)
def test_somebody_who_ends_everything_is_believed(make, many, ends, paused):
    """After more than four times pause_after deletions in an hour the sweep pauses."""
    actions = paused_by(make, *make.failed(*range(ends), cause=Cause.DELETED, again=True), many=many)
    reason = f"{ends} attempts were ended from outside within an hour, and none completed: boom"
    assert actions == ((Pause(reason),) if paused else actions)
    assert isinstance(actions[0], Pause) == paused


def test_one_pause_is_enough(make):
    """A sweep that pauses already is not paused again by what still ends."""
    state = make.state(9, *make.failed(0, 1, 2), Paused("why"), *make.failed(3))
    assert plan(state, observation(capacity=1), pausing(3)) == Plan(NOTHING, None, finished=True)


def test_a_resumed_sweep_pauses_again(make):
    """A resumed sweep launches again, and pauses again if it goes on as before."""
    before = [*make.failed(0, 1, 2), Paused("why"), Resumed()]
    assert [type(action) for action in paused_by(make, *before)] == [Launch]
    assert [type(action) for action in paused_by(make, *before, *make.failed(3, 4))] == [Launch]
    assert [type(action) for action in paused_by(make, *before, *make.failed(3, 4, 5))] == [Pause]


def test_the_reason_is_what_they_have_in_common(make):
    """The reason tells the common error, also where one of the trials has since ended otherwise."""
    records = [
        *make.failed(2, again=True),
        *make.failed(2, number=2, cause=Cause.EVICTED, error="disk", again=True),
    ]
    want = (Pause("the first 3 trials all ended alike: boom"),)
    assert paused_by(make, *records, *make.failed(0, 1)) == want


def test_a_pause_without_a_message(make):
    """Where the common error is empty, the reason ends without one."""
    assert paused_by(make, *make.failed(0, 1, 2, error="")) == (Pause("the first 3 trials all ended alike"),)


def test_ends_are_collected_while_it_pauses(make):
    """A pause holds launches back, and nothing else."""
    state = make.state(
        9, *make.started(0), *make.started(1), *make.failed(3, 4, 5), Stopping(SECOND, Cause.DEADLINE)
    )
    shown = [make.sighting(0), make.sighting(1, phase=Phase.RUNNING)]
    seen = observation(*shown, capacity=5, findings={FIRST: make.finding(0)})
    want = (*collected(make, Cause.COMPLETED, 0, code=0), Stop(SECOND, Cause.DEADLINE))
    for planned, extra in (
        (plan(state, seen, pausing(3)), (Pause("the first 3 trials all ended alike: boom"),)),
        (plan(state.apply_all([Paused("why")]), seen, pausing(3)), ()),
    ):
        assert planned.actions == (*want, *extra)


# The end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "changes", "want"),
    [
        (lambda make: [], {}, True),
        (lambda make: make.added(1), {}, False),
        (lambda make: make.added(1), {"draining": True}, True),
        (lambda make: [*make.added(1), Paused("why")], {}, True),
        (lambda make: [*make.added(1), *make.started(0)], {}, False),
        (lambda make: [*make.added(1), *make.started(0)], {"draining": True}, False),
        (lambda make: [*make.added(1), *make.started(0), Paused("why")], {}, False),
        (lambda make: [*make.added(1), *make.ran(0)], {}, True),
        (lambda make: [*make.added(1), *make.ran(0, 1, Cause.ERROR)], {}, True),
        (lambda make: [*make.added(1), *make.ran(0, 1, Cause.ERROR, again=True, delay=9.0)], {}, False),
        (lambda make: [*make.added(2), *make.ran(0), Granted("w", "cancel")], {}, True),
        (lambda make: [*make.added(1), *make.ran(0)], {"idle": False}, False),
        (lambda make: make.added(1), {"idle": False, "draining": True}, False),
        (lambda make: [*make.added(1), Paused("why")], {"idle": False}, False),
        (lambda make: [*make.added(1), Paused("why")], {"trouble": "no rights"}, True),
        (lambda make: [*make.added(1), *make.ran(0)], {"trouble": "no rights"}, False),
    ],
)
def test_finished(make, build, changes, want):
    """A sweep is finished when nothing is live or can turn up, and nothing more will be launched."""
    state = make.state(0, *build(make), now=1000.0)
    assert plan(state, observation(**changes), DEFAULTS).finished == want


def test_planning_changes_nothing(make):
    """Planning twice from the same facts decides the same twice: only what is applied counts."""
    state = make.state(9, *make.started(0), *make.failed(3, 4))
    seen = observation(make.sighting(0), capacity=5, findings={FIRST: make.finding(1, log_tail="boom")})
    assert plan(state, seen, pausing(3)) == plan(state, seen, pausing(3))


def test_a_fatal_stop_pauses_before_another_is_launched(make):
    """What would end every other trial as well pauses the sweep when it is found, not when it is recorded."""
    state = make.state(3, *make.started(0))
    stuck = make.sighting(0, phase=Phase.PENDING, cause=Cause.IMAGE, message="no such image")
    want = (Stop(FIRST, Cause.IMAGE, "no such image"), Pause("no such image"))
    assert plan(state, observation(stuck, capacity=9), DEFAULTS).actions == want
