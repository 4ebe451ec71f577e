"""What happens in a use case, as typed events, and the observers that get them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

_log = logging.getLogger("sweeper.app")


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

    def __call__(self, event: Event) -> None:
        for observer in tuple(self._observers):
            try:
                observer(event)
            except Exception:  # noqa: BLE001  # whatever is wrong with it, the trials matter more
                _log.exception("an observer failed and gets no more events: %r", observer)
                if observer in self._observers:  # another thread may have dropped it
                    self._observers.remove(observer)

    def say(self, text: str) -> None:
        """Pass a line for people on."""
        self(Message(text))

    def warn(self, text: str) -> None:
        """Pass a warning on."""
        self(Message(text, Level.WARNING))
