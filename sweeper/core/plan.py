"""The decision: from the folded state and what the backend shows to a list of actions.

Pure, and its cost follows the live attempts and the launches, never the size of the sweep.
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
    """What one turn can see. `now` is monotonic, `wall` is Unix time, both in seconds.

    `findings` holds what ended attempts left; an ended attempt without one is still being waited
    for. `capacity` is how many more attempts the backend would take now, `trouble` why it will take none
    until somebody has looked; `idle` says that nothing of the sweep can still turn up there. `asked`
    are the attempts that this controller has asked to end already. `draining` launches nothing, and
    `returning` sends back what was launched and has not started.
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
    """Write down how an attempt ended; `step` is 0 where the trial is not tried again."""

    attempt: Attempt
    uid: str
    outcome: Outcome
    step: int = 0


@dataclass(frozen=True, slots=True)
class Remove:
    """Let the backend forget an attempt whose outcome is durable."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Stop:
    """End a live attempt; its end will have this cause and this message."""

    attempt: Attempt
    cause: Cause
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Put the trial back: the backend could not take the attempt, and it will never run."""

    attempt: Attempt
    reason: str


@dataclass(frozen=True, slots=True)
class Launch:
    """Start an attempt."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Pause:
    """Launch nothing more until somebody has looked."""

    reason: str


Action = Record | Remove | Stop | Abandon | Launch | Pause


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, and when to look again at the latest (monotonic; None: only when something happens).

    After a plan with actions the next look is due at once: they change what there is to see.
    """

    actions: tuple[Action, ...]
    wake_at: float | None
    finished: bool


def plan(state: State, observation: Observation, settings: Settings) -> Plan:
    """The actions that bring the sweep forward from here."""
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
    # What was to end for a cause has ended for it, be it before it ever ran: to put it back instead
    # would try it again for ever, at no cost. Nothing of what never ran need be waited for.
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
    # Every slot that such an end frees would go to another attempt that must end the same way.
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
