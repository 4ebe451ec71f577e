"""The queue for the one request at a time that creates a pod.

One at a time, because then a refusal is known before the next one is sent: of a burst that a rival
was faster than, a single request is refused. After a refusal the queue rests, longer every time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sweeper.backends.kubernetes.create import Creation, Refused, Result
from sweeper.backends.kubernetes.server.api import Json
from sweeper.core.model import Attempt

REST_FIRST, REST_MOST = 0.25, 60.0
"""Seconds of rest after the first refusal, and the most after many."""

Answer = Callable[[Attempt, Result], None]


class Lane:
    """Used by the engine's thread; `answer` is called in the lane's own."""

    def __init__(self, answer: Answer) -> None:
        self.waiting: deque[Attempt] = deque()
        self.asking: Attempt | None = None
        self.ready_at = 0.0
        self._answer = answer
        self._creation: Creation | None = None
        self._refusals = 0
        self._thread = ThreadPoolExecutor(1, "create")

    def is_ready(self, now: float) -> bool:
        """Could a request be sent now?"""
        return self.asking is None and now >= self.ready_at

    def send(self, attempt: Attempt, creation: Creation) -> None:
        self.asking, self._creation = attempt, creation
        self._thread.submit(self._run, attempt, creation)

    def shown(self, pod: Json) -> None:
        """A watch has shown the pod that is being asked for: nothing more need be sent."""
        if self._creation:
            self._creation.shown = pod

    def answered(self) -> None:
        """The engine's thread has taken the answer in; the next request may go."""
        self.asking = self._creation = None

    def rest(self, now: float) -> float:
        """The quota was full after all; returns the seconds until the next try."""
        seconds = min(REST_MOST, REST_FIRST * 2.0 ** min(self._refusals, 20))
        self._refusals += 1
        self.ready_at = now + seconds
        return seconds

    def granted(self) -> None:
        """A pod was created: what was refused before says nothing any more."""
        self._refusals = 0

    def give_up(self, attempt: Attempt) -> bool:
        """Ask for it no more. True where nothing was sent for it yet, so that it is gone at once."""
        if attempt in self.waiting:
            self.waiting.remove(attempt)
            return True
        if attempt == self.asking and self._creation:
            self._creation.give_up.set()
        return False

    def close(self) -> None:
        """Wait for nothing: what is under way is the next controller's to find."""
        if self._creation:
            self._creation.leave.set()
            self._creation.give_up.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _run(self, attempt: Attempt, creation: Creation) -> None:
        try:
            result = creation.run()
        except Exception as error:  # noqa: BLE001  # whatever it was, the engine must hear of it
            result = Refused(f"creating a pod failed: {type(error).__name__}: {error}", for_good=True)
        self._answer(attempt, result)
