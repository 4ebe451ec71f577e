"""Rereads results of ended attempts in small steps, so that a live sweep is not held up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sweeper.core.collect import PROGRESS, collectable, collected, kept, loses
from sweeper.core.errors import StorageError
from sweeper.core.model import Attempt, Reading
from sweeper.core.records import Collected
from sweeper.core.settings import Settings
from sweeper.core.state import State, TrialState, can_collect
from sweeper.store.base import Store
from sweeper.store.requests import Request

_AT_ONCE = 32
"""Attempts that are read in one part at most, and ..."""
_SECONDS = 0.25
"""... after which time a part ends in any case, since a volume can be slow."""

Read = Callable[[str], Reading]
"""Returns the final metrics in an attempt's folder, and messages about them."""


class Collector:
    """Carries out requests to read results again, one after the other; `is_busy` while one is in progress.

    A crash in the middle does no harm: the request is still there and is carried out again. `change` applies
    the settings of a request from then on, and returns all settings.
    """

    def __init__(
        self, state: State, store: Store, read: Read, change: Callable[[Mapping[str, Any]], Settings]
    ) -> None:
        self._state = state
        self._store = store
        self._read = read
        self._change = change
        self._request = ""
        self._required = False
        self._left: deque[int] = deque()
        self._total = 0

    @property
    def is_busy(self) -> bool:
        return bool(self._request)

    @property
    def message(self) -> str:
        """A message about the progress of the current request; empty if there is none."""
        percent = 100 * (self._total - len(self._left)) // max(1, self._total)
        return f"{PROGRESS}: {percent} % of {self._total} trials" if self._request else ""

    def forget(self, requests: Iterable[Request]) -> None:
        """Abandon the current request if it is not among the waiting `requests` any more."""
        if self._request not in {request.id for request in requests}:
            self._request = ""

    def part(self, request: Request, monotonic: Callable[[], float], wall: float) -> list[Collected]:
        """Reread some attempts; return records of what changed or was unreadable. `wall` is the time now."""
        if not self.is_busy:
            self._begin(request)
        if request.id != self._request:
            return []
        found: list[Collected] = []
        until = monotonic() + _SECONDS
        for _ in range(min(_AT_ONCE, len(self._left))):
            one = self._state.trials[self._left.popleft()]
            record = self._again(one, wall) if can_collect(one) else None  # it may run again by now
            found += [record] if record else []
            if monotonic() >= until:
                break
        if not self._left:
            self._request = ""
        return found

    def _begin(self, request: Request) -> None:
        self._required = self._change(request.results).results.required
        self._request = request.id
        self._left = deque(collectable(self._state, request.trials))
        self._total = len(self._left)

    def _again(self, one: TrialState, wall: float) -> Collected | None:
        attempt = Attempt(one.trial.index, one.ended)
        try:
            reading = self._read(self._store.places(one.trial, attempt)[2])
            lost = "" if reading.metrics else self._store.lost(one.trial, attempt)
        except StorageError as error:  # one bad folder must not stop the sweep: what is recorded stays
            return kept(one, str(error), wall)
        record = collected(one, reading, required=self._required, at=wall)
        keeps = record is not None and (bool(record.kept) or loses(one, record))
        return kept(one, lost, wall) if lost and keeps else record
