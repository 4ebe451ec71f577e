"""The inbox: threads that talk to the server put events into it, and the engine waits for them."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """Filled from any thread, emptied by one."""

    def __init__(self) -> None:
        self._messages: deque[T] = deque()
        self._filled, self._woken = threading.Event(), threading.Event()

    def put(self, message: T, *, wakes: bool = True) -> None:
        """Add a message; if `wakes`, it ends a `wait` at once."""
        self._messages.append(message)
        self._filled.set()
        if wakes:
            self._woken.set()

    def take(self) -> list[T]:
        """Remove and return all messages, in the order in which they were put."""
        self._filled.clear()
        self._woken.clear()
        taken = []
        while self._messages:
            taken.append(self._messages.popleft())
        return taken

    def wait(self, seconds: float, *, for_all: bool = False) -> None:
        """Wait for a message that wakes (with `for_all`, for any message), for at most `seconds`."""
        (self._filled if for_all else self._woken).wait(seconds)
