"""What happens in a use case, as typed events, and the observers that get them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sweeper.core.model import Cause, Status, Value
from sweeper.core.records import Added, Ended, Launched, Offered, Paused, Record, Resumed
from sweeper.core.snapshot import Snapshot
from sweeper.logs import logger

if TYPE_CHECKING:  # to check a grid takes no journal
    from sweeper.core.state import State

_log = logger("sweeper.app")


class Level(StrEnum):
    """How much a message matters."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Observers look at the class."""


@dataclass(frozen=True, slots=True)
class Message(Event):
    """A line for people. It may hold what others wrote: whoever shows it makes it safe for its screen."""

    text: str
    level: Level = Level.INFO


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


Observer = Callable[[Event], object]
"""Gets every event, in the thread in which it happens."""


class Observers:
    """Passes events on. An observer that raises is logged once, dropped, and never ends a sweep."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._observers = list(observers)

    @classmethod
    def of(cls, observers: Iterable[Observer]) -> Observers:
        """These, and the log, which gets every message: what a program sees that gives no observers."""
        return cls([log_message, *observers])

    def __call__(self, event: Event) -> None:
        failed = [error for observer in tuple(self._observers) if (error := self._tell(observer, event))]
        for error in failed:
            what = f"{type(error).__name__}: {error}"
            self.warn(f"a display of this sweep has failed and is no longer kept up to date: {what}")

    def _tell(self, observer: Observer, event: Event) -> Exception | None:
        """Pass an event on to one of them; why it was dropped, if it was."""
        try:
            observer(event)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the trials matter more
            if observer in self._observers:  # another thread may have dropped it
                _log.exception("an observer failed and gets no more events: %r", observer)
                self._observers.remove(observer)
                return error
        return None

    def and_also(self, observer: Observer) -> Observers:
        """These, and one more behind them."""
        return Observers([self, observer])

    def say(self, text: str) -> None:
        """Pass a line for people on."""
        self(Message(text))

    def warn(self, text: str) -> None:
        """Pass a warning on."""
        self(Message(text, Level.WARNING))

    def tell(self, line: str) -> None:
        """Pass a line on that begins with `warning: ` if it is one."""
        text = line.removeprefix("warning: ")
        self(Message(text, Level.INFO if text == line else Level.WARNING))


def log_message(event: Event) -> None:
    """Pass a message on to the log."""
    if isinstance(event, Message):
        _log.log(logging.WARNING if event.level is Level.WARNING else logging.INFO, "%s", event.text)


def typed(news: Sequence[Record]) -> Iterator[Event]:
    """What new records mean to whoever does not know the journal; records of bookkeeping mean nothing."""
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
