"""The queue for the requests that create pods: who waits, which are under way, and when none may be sent.

After a refusal the queue rests, longer every time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple

from sweeper.backoff import Backoff
from sweeper.clusters.kubernetes.create import Creation, Refused, Result
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.workers import Workers
from sweeper.core.model import Attempt

ALONE = 8
"""How many requests may be under way at once while all goes well and nobody else's pods are counted.

Else no further one is sent before the others are answered. So a refusal is known before the next request
is sent: of a burst that somebody else was faster than, a single one is refused; after a refusal one at
a time probes; and a server that is in trouble has less of it.
"""

REST = Backoff(0.05, 60.0)
"""After a refusal."""

GIVEN_BACK, FORGIVEN = Backoff(0.5, 8.0), 60.0
"""After a pod was given back, and the seconds after which the next one counts as the first again."""

Answer = Callable[[Attempt, Result], None]


class _Sent(NamedTuple):
    creation: Creation
    refusals: int  # how many had been heard of by then


class Lane:
    """Used by the engine's thread; `answer` is called in the lane's own."""

    def __init__(self, answer: Answer) -> None:
        self.waiting: deque[Attempt] = deque()
        self.ready_at = 0.0
        self._answer = answer
        self._sent: dict[Attempt, _Sent] = {}
        self._heard = self._in_a_row = self._given_back = 0
        self._given_back_at = float("-inf")
        self._workers = Workers(ALONE, "create")

    @property
    def asking(self) -> Collection[Attempt]:
        """Whose pods are being asked for."""
        return self._sent.keys()

    def is_ready(self, now: float, *, alone: bool) -> bool:
        """Could a request be sent now? `alone`: nobody else's pods are counted."""
        in_trouble = self._in_a_row or any(one.creation.has_trouble for one in self._sent.values())
        many = alone and not in_trouble
        return len(self._sent) < (ALONE if many else 1) and now >= self.ready_at

    def send(self, attempt: Attempt, creation: Creation) -> None:
        self._sent[attempt] = _Sent(creation, self._heard)
        self._workers.submit(partial(self._run, attempt, creation))

    def shown(self, attempt: Attempt, pod: Json) -> None:
        """A watch has shown the pod that is being asked for: nothing more need be sent."""
        self._sent[attempt].creation.shown = pod

    def granted(self, attempt: Attempt) -> None:
        """A pod was created: what was refused before says nothing any more."""
        del self._sent[attempt]
        self._in_a_row = 0

    def gave_back(self, now: float) -> None:
        """A pod was given back: let the others go first for a while, longer if that happens again soon."""
        self._given_back = self._given_back + 1 if now < self._given_back_at + FORGIVEN else 1
        self._given_back_at = now
        self.ready_at = max(self.ready_at, now + GIVEN_BACK.rest(self._given_back))

    def refused(self, attempt: Attempt) -> None:
        """It was not created, and not for want of room."""
        del self._sent[attempt]

    def full(self, attempt: Attempt, now: float) -> float:
        """The quota was full after all; returns the seconds until the next try."""
        if self._sent.pop(attempt).refusals == self._heard:  # else it was under way when we heard of it
            self._heard, self._in_a_row = self._heard + 1, self._in_a_row + 1
            self.ready_at = now + REST.rest(self._in_a_row)
        return max(0.0, self.ready_at - now)

    def give_up(self, attempt: Attempt) -> bool:
        """Ask for it no more. True where nothing was sent for it yet, so that it is gone at once."""
        if attempt in self.waiting:
            self.waiting.remove(attempt)
            return True
        if attempt in self._sent:
            self._sent[attempt].creation.give_up.set()
        return False

    def close(self) -> None:
        """Wait for nothing: what is under way is the next controller's to find."""
        for creation, _ in self._sent.values():
            creation.leave.set()
            creation.give_up.set()
        self._workers.close()

    def _run(self, attempt: Attempt, creation: Creation) -> None:
        try:
            result = creation.run()
        except Exception as error:  # noqa: BLE001  # whatever it was, the engine must hear of it
            result = Refused(f"creating a pod failed: {type(error).__name__}: {error}", for_good=True)
        self._answer(attempt, result)
