"""Prints the messages of a use case on stderr."""

from __future__ import annotations

from sweeper.app.observers import Event, Level, Message, Observers
from sweeper.cli.common import say


def printing() -> Observers:
    """Return observers that print messages to stderr."""
    return Observers([show_message])


def show_message(event: Event) -> None:
    """Write a message to stderr; ignore every other event."""
    if isinstance(event, Message):
        say(f"warning: {event.text}" if event.level is Level.WARNING else event.text)
