"""Plans the next actions of a sweep from its state and one observation of the backend.

The functions are pure. Their cost grows with the number of live attempts and launches, not with the number
of trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from sweeper.core.model import Attempt, Cause, Finding, Outcome, Phase, Sighting
from sweeper.core.outcome import conclude
from sweeper.core.retry import FATAL, judge
from sweeper.core.settings import Settings
from sweeper.core.state import Live, State

NOT_STARTED = "it had not started when the run was asked to launch nothing more"


@dataclass(frozen=True, slots=True)
class Observation:
    """What the controller observes in one turn.

    Attributes:
        now: monotonic time in seconds.
        wall: Unix time in seconds.
        capacity: how many more attempts may be launched now.
        sightings: what the backend shows of each attempt.
        findings: what ended attempts left. An ended attempt without a finding is not concluded yet.
        asked: the attempts that this controller has already asked the backend to stop.
        draining: launch nothing more.
        returning: stop the launched attempts that have not started yet; their trials are queued again.
        trouble: why the backend starts no attempt until a user acts; empty if it does.
        idle: no further attempt of the sweep can appear in the backend.
    """

    now: float
    wall: float
    capacity: int = 0
    sightings: Mapping[Attempt, Sighting] = field(default_factory=dict)
    findings: Mapping[Attempt, Finding] = field(default_factory=dict)
    asked: Set[Attempt] = frozenset()
    draining: bool = False
    returning: bool = False
    trouble: str = ""
    idle: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """Record the outcome of an attempt; `step` selects the backoff before the retry, 0 if there is none."""

    attempt: Attempt
    uid: str
    outcome: Outcome
    step: int = 0


@dataclass(frozen=True, slots=True)
class Remove:
    """Let the backend forget an attempt; the record of its end is durable by then."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop a live attempt; its outcome gets this cause and message, unless the program completes first."""

    attempt: Attempt
    cause: Cause
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Give up an attempt that the backend refused and that never runs; its trial is queued again.

    The trial of an attempt that was being cancelled is not queued again.
    """

    attempt: Attempt
    reason: str


@dataclass(frozen=True, slots=True)
class Launch:
    """Start an attempt."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Pause:
    """Launch nothing more until a user resumes the sweep."""

    reason: str


Action = Record | Remove | Stop | Abandon | Launch | Pause


@dataclass(frozen=True, slots=True)
class Plan:
    """The actions to take now, and when to plan again at the latest.

    After a plan with actions the next one is due at once, since actions change what is observed.

    Attributes:
        actions: what to do, in this order.
        wake_at: the monotonic time of the next deadline or retry; None if there is none.
        finished: the sweep has nothing left to do.
    """

    actions: tuple[Action, ...]
    wake_at: float | None
    finished: bool


def plan(state: State, observation: Observation, settings: Settings) -> Plan:
    """Return the next actions of the sweep."""
    actions: list[Action] = []
    wakes: list[float] = []
    for attempt, live in state.live.items():
        sighting = observation.sightings.get(attempt)
        if sighting is None:
            continue
        if sighting.phase is Phase.REFUSED and live.stop in (None, Cause.CANCELLED):
            actions += (Abandon(attempt, sighting.message), Remove(attempt))
        elif sighting.phase in (Phase.ENDED, Phase.REFUSED):
            actions += _collect(state, observation, settings, attempt, live, sighting)
        else:
            actions += _supervise(state, observation, live, sighting, wakes)
    reason = _reason_to_pause(state, observation, settings, actions)
    if reason:
        actions.append(Pause(reason))
    launching = not (reason or state.paused or observation.draining)
    if launching:
        actions += _launches(state, observation, wakes)
    idle = not state.live and observation.idle and (state.next_due is None or not launching)
    return Plan(tuple(actions), min(wakes, default=None), finished=idle and not actions)


def _collect(
    state: State,
    observation: Observation,
    settings: Settings,
    attempt: Attempt,
    live: Live,
    sighting: Sighting,
) -> tuple[Action, ...]:
    # A refused attempt that was to be stopped gets the cause of the stop. Abandoning it would retry the
    # trial for ever, since that spends no budget. It never ran, so it left no files to wait for.
    finding = Finding(None) if sighting.phase is Phase.REFUSED else observation.findings.get(attempt)
    if finding is None:
        return ()
    outcome = conclude(
        sighting,
        finding,
        stop=live.stop,
        reason=live.reason,
        required=settings.results.required,
        seen_at=observation.wall,
        launched_at=live.launched_at,
    )
    verdict = judge(outcome.cause, state.trials[attempt.trial].spent, settings.retry.budgets)
    again = verdict.again and live.stop is not Cause.CANCELLED
    return Record(attempt, sighting.uid, outcome, verdict.step if again else 0), Remove(attempt)


def _supervise(
    state: State, observation: Observation, live: Live, sighting: Sighting, wakes: list[float]
) -> tuple[Action, ...]:
    if live.stop:
        return () if sighting.attempt in observation.asked else (Stop(sighting.attempt, live.stop),)
    if sighting.phase is Phase.PENDING and sighting.cause:
        return (Stop(sighting.attempt, sighting.cause, sighting.message),)
    if sighting.phase is Phase.PENDING and observation.returning:
        return (Stop(sighting.attempt, Cause.RETURNED, NOT_STARTED),)
    limit = state.trials[sighting.attempt.trial].trial.time_limit
    if limit is None or sighting.phase is not Phase.RUNNING:
        return ()
    if observation.now >= sighting.since + limit:
        return (Stop(sighting.attempt, Cause.DEADLINE),)
    wakes.append(sighting.since + limit)
    return ()


def _launches(state: State, observation: Observation, wakes: list[float]) -> list[Action]:
    chosen = list(state.due(observation.now, observation.capacity))
    if state.next_due is not None and state.next_due > observation.now:
        wakes.append(state.next_due)
    return [Launch(Attempt(one.trial.index, one.number + 1)) for one in chosen]


def _reason_to_pause(
    state: State, observation: Observation, settings: Settings, actions: Sequence[Action]
) -> str:
    if state.paused:
        return ""
    # Each slot that such an end frees would go to another attempt, which would end in the same way.
    for action in actions:
        if isinstance(action, Stop) and action.cause in FATAL and action.reason:
            return action.reason
    if observation.trouble or state.fatal:
        return observation.trouble or state.fatal
    many = settings.sweep.pause_after
    deleted = state.deletions.reason_to_pause(many)
    if deleted:
        return deleted
    if not many or len(state.alike) < many:
        return ""
    error = state.alike[max(state.alike)]
    detail = f": {error}" if error else ""
    return f"the first {len(state.alike)} trials all ended alike{detail}"
