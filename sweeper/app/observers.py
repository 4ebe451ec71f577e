"""Observers of a use case: functions that receive typed events, including messages for users."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sweeper.logging_setup import logger

_log = logger("sweeper.app")


class Level(StrEnum):
    """The severity of a message."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Event:
    """The base class of all events. Observers check the class of an event."""


@dataclass(frozen=True, slots=True)
class Message(Event):
    """A line for users. It may contain text of other users: code that displays it must escape it."""

    text: str
    level: Level = Level.INFO


Observer = Callable[[Event], object]
"""A function that is called with every event, in the thread in which the event happens."""


class Observers:
    """Passes events on to observers.

    An observer that raises an exception never ends a sweep: the exception is logged, and the observer gets no
    more events.
    """

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._observers = list(observers)

    @classmethod
    def of(cls, observers: Iterable[Observer]) -> Observers:
        """Return these observers and the log, which receives every message even if there are no observers."""
        return cls([log_message, *observers])

    def __call__(self, event: Event) -> None:
        failed = [error for observer in tuple(self._observers) if (error := self._notify(observer, event))]
        for error in failed:
            what = f"{type(error).__name__}: {error}"
            self.warn(f"a display of this sweep has failed and is no longer kept up to date: {what}")

    def _notify(self, observer: Observer, event: Event) -> Exception | None:
        """Pass an event on to an observer; return the error if this has removed the observer."""
        try:
            observer(event)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the trials matter more
            if observer in self._observers:  # another thread may have dropped it
                _log.exception("an observer failed and gets no more events: %r", observer)
                self._observers.remove(observer)
                return error
        return None

    def and_also(self, observer: Observer) -> Observers:
        """Return these observers followed by another one."""
        return Observers([self, observer])

    def say(self, text: str) -> None:
        """Pass on a line for users."""
        self(Message(text))

    def warn(self, text: str) -> None:
        """Pass on a warning."""
        self(Message(text, Level.WARNING))

    def pass_on(self, line: str) -> None:
        """Pass on a line for users; it is a warning if it begins with `warning: `."""
        text = line.removeprefix("warning: ")
        self(Message(text, Level.INFO if text == line else Level.WARNING))


def log_message(event: Event) -> None:
    """Write a message to the log; other events are ignored."""
    if isinstance(event, Message):
        _log.log(logging.WARNING if event.level is Level.WARNING else logging.INFO, "%s", event.text)
