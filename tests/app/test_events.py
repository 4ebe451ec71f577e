"""Observers get every event, and none of them can end a sweep."""

from __future__ import annotations

import logging

import pytest

from sweeper.app.events import Event, Level, Message, Observers


def test_every_observer_gets_every_event_in_order() -> None:
    first: list[Event] = []
    second: list[Event] = []
    observers = Observers([first.append, second.append])
    observers.say("one")
    observers.warn("two")
    assert first == second == [Message("one"), Message("two", Level.WARNING)]


def test_an_observer_that_raises_is_logged_once_and_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """The others go on, also with the event at which it failed, and hear of it."""
    calls: list[Event] = []
    got: list[Event] = []

    def broken(event: Event) -> None:
        calls.append(event)
        raise ValueError("broken display")

    observers = Observers([broken, got.append])
    with caplog.at_level(logging.ERROR, "sweeper"):
        observers.say("one")
        observers.say("two")
    assert calls == [Message("one")]
    warning = (
        "a display of this sweep has failed and is no longer kept up to date: ValueError: broken display"
    )
    assert got == [Message("one"), Message(warning, Level.WARNING), Message("two")]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "broken display" in caplog.text
