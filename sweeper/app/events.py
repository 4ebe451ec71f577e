"""Typed events that use cases emit to observers, and their derivation from journal records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sweeper.app.observers import Event as Event
from sweeper.app.observers import Level as Level
from sweeper.app.observers import Message as Message
from sweeper.app.observers import Observer as Observer
from sweeper.app.observers import Observers as Observers
from sweeper.core.model import Cause, Status, Value

if TYPE_CHECKING:  # to check a grid takes no journal
    from sweeper.core.records import Record
    from sweeper.core.snapshot import Snapshot
    from sweeper.core.state import State


@dataclass(frozen=True, slots=True)
class TrialsAdded(Event):
    """Trials have joined the sweep; `trials` are their indexes."""

    trials: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TrialStarted(Event):
    """An attempt of a trial has been submitted (`pending`), or its program has started.

    `node` is the machine it runs on, empty for this one and while it is pending. A pod gives two of these.
    """

    trial: int
    attempt: int
    node: str = ""
    pending: bool = False


@dataclass(frozen=True, slots=True)
class TrialEnded(Event):
    """An attempt of a trial has ended; `again` says that the trial will be tried again.

    `metrics` are the final ones; `error` is one line for people, empty if all is well.
    """

    trial: int
    attempt: int
    cause: Cause
    error: str = ""
    metrics: Mapping[str, Value] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, slots=True)
class SweepPaused(Event):
    """Nothing more is launched until somebody resumes the sweep."""

    reason: str


@dataclass(frozen=True, slots=True)
class SweepResumed(Event):
    """The sweep is no longer paused."""


@dataclass(frozen=True, slots=True)
class CapacityChanged(Event):
    """How many attempts may be live at once, from now on."""

    slots: int


@dataclass(frozen=True, slots=True)
class Turned(Event):
    """The engine has changed something, or about a second has passed.

    Attributes:
        news: the records that are new in the journal.
        state: the folded journal. It is the controller's own: read it during the call, do not keep it.
        snapshot: the counts, what runs and what failed, as plain data.
    """

    news: Sequence[Record]
    state: State
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Draining(Event):
    """The controller was asked to drain: it launches nothing more, and waits for what runs."""


@dataclass(frozen=True, slots=True)
class ControllerLeft(Event):
    """The engine has stopped; `state` is None if an error has stopped it."""

    state: State | None


@dataclass(frozen=True, slots=True)
class SweepFinished(Event):
    """Every trial has come to an end; `counts` is the number of trials for each status that occurs."""

    counts: Mapping[Status, int]


def typed(news: Sequence[Record]) -> Iterator[Event]:
    """The events that new journal records mean to observers; bookkeeping records give none."""
    from sweeper.core.records import Added, Ended, Launched, Offered, Paused, Resumed

    added = tuple(record.trial.index for record in news if isinstance(record, Added))
    if added:
        yield TrialsAdded(added)
    for record in news:
        match record:
            case Launched(attempt, _, node, pending):
                yield TrialStarted(attempt.trial, attempt.number, node, pending)
            case Ended(attempt, _, outcome, again):
                found = (outcome.cause, outcome.error, outcome.metrics)
                yield TrialEnded(attempt.trial, attempt.number, *found, again)
            case Paused(reason):
                yield SweepPaused(reason)
            case Resumed():
                yield SweepResumed()
            case Offered(slots):
                yield CapacityChanged(slots)
