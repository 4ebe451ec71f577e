"""What is known of one controller of the product, from its start to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweeper.app.observers import Event, Message
from sweeper.core.errors import CvsweepError
from sweeper.core.state import State
from tests.sim.hub import Process


class Incarnation:
    """A controller of the product, once: what it did and said, and how it left."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.log: list[Mapping[str, Any]] = []
        self.messages: list[str] = []
        self.state: State | None = None
        self.failed: CvsweepError | None = None

    def hear(self, event: Event) -> None:
        """Keep what it says to people."""
        if isinstance(event, Message):
            self.messages.append(event.text)

    @property
    def is_over(self) -> bool:
        return self.process.dead

    @property
    def left(self) -> str:
        """Why, in a word."""
        if self.failed:
            return str(self.failed)
        return "killed" if self.state is None else "left" if self.state.live else "done"
