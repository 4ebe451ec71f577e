"""A few daemon threads for requests whose callers do not wait; the process can end while they run.

The interpreter waits at its exit for the standard library's thread pools, so a server that does not answer
would keep the process alive until the request times out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Workers:
    """At most `most` threads, each of which does one piece of work after another. Work must not raise."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._work: deque[Callable[[], None]] = deque()
        self._running = 0
        self._lock = threading.Lock()

    def submit(self, do: Callable[[], None]) -> None:
        with self._lock:
            self._work.append(do)
            if self._running == self._most:
                return
            self._running += 1
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def close(self) -> None:
        """Drop the work that has not begun."""
        with self._lock:
            self._work.clear()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._work:
                    self._running -= 1
                    return
                do = self._work.popleft()
            do()
