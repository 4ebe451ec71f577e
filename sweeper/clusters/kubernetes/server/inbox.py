"""Where the threads that talk to the server put what they heard, and where the engine waits for it."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Filled from any thread, emptied by one."""

    def __init__(self) -> None:
        self._messages: deque[T] = deque()
        self._filled = threading.Event()

    def put(self, message: T) -> None:
        self._messages.append(message)
        self._filled.set()

    def take(self) -> list[T]:
        """Everything that has come, in its order."""
        self._filled.clear()
        taken = []
        while self._messages:
            taken.append(self._messages.popleft())
        return taken

    def wait(self, seconds: float) -> None:
        """Return when there is something, and after `seconds` at the latest."""
        self._filled.wait(seconds)
