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

if TYPE_CHECKING:  # a check of a grid does not import the journal
    from sweeper.core.records import Record
    from sweeper.core.snapshot import Snapshot
    from sweeper.core.state import State


@dataclass(frozen=True, slots=True)
class TrialsAdded(Event):
    """Trials have been added to the sweep; `trials` are their indexes."""

    trials: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TrialStarted(Event):
    """An attempt of a trial has been submitted (`pending`), or its program has started.

    `node` is the machine on which it runs; it is empty for this machine and while the attempt is pending. A
    pod gives two of these events.
    """

    trial: int
    attempt: int
    node: str = ""
    pending: bool = False


@dataclass(frozen=True, slots=True)
class TrialEnded(Event):
    """An attempt of a trial has ended; `again` says that the trial will be tried again.

    `metrics` are the final ones; `error` is a message in one line, empty if there was no error.
    """

    trial: int
    attempt: int
    cause: Cause
    error: str = ""
    metrics: Mapping[str, Value] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, slots=True)
class SweepPaused(Event):
    """The sweep is paused: nothing more is launched until a user resumes it."""

    reason: str


@dataclass(frozen=True, slots=True)
class SweepResumed(Event):
    """The sweep is no longer paused."""


@dataclass(frozen=True, slots=True)
class CapacityChanged(Event):
    """The number of attempts that may be live at once has changed to `slots`."""

    slots: int


@dataclass(frozen=True, slots=True)
class Turned(Event):
    """The engine has changed something, or about a second has passed.

    Attributes:
        news: the new records of the journal.
        state: the folded journal. It belongs to the controller: read it during the call, do not keep it.
        snapshot: the counts, the running and the failed trials, as plain data.
    """

    news: Sequence[Record]
    state: State
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Draining(Event):
    """The controller was asked to drain: it launches nothing more, and waits for the running attempts."""


@dataclass(frozen=True, slots=True)
class ControllerLeft(Event):
    """The engine has stopped; `state` is None if the cause was an error."""

    state: State | None


@dataclass(frozen=True, slots=True)
class SweepFinished(Event):
    """Every trial has ended; `counts` is the number of trials for each status that occurs."""

    counts: Mapping[Status, int]


def typed(news: Sequence[Record]) -> Iterator[Event]:
    """Yield the events of new journal records; bookkeeping records give none."""
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
