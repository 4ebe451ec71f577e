"""Observers of a use case: they get typed events, and messages for people, which are events too."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sweeper.logging_setup import logger

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
        failed = [error for observer in tuple(self._observers) if (error := self._notify(observer, event))]
        for error in failed:
            what = f"{type(error).__name__}: {error}"
            self.warn(f"a display of this sweep has failed and is no longer kept up to date: {what}")

    def _notify(self, observer: Observer, event: Event) -> Exception | None:
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

    def pass_on(self, line: str) -> None:
        """Pass a line on that begins with `warning: ` if it is one."""
        text = line.removeprefix("warning: ")
        self(Message(text, Level.INFO if text == line else Level.WARNING))


def log_message(event: Event) -> None:
    """Pass a message on to the log."""
    if isinstance(event, Message):
        _log.log(logging.WARNING if event.level is Level.WARNING else logging.INFO, "%s", event.text)
