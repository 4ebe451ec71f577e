"""How the engine writes its journal: decisions are durable before they count, facts with the next flush."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from logging import INFO

from sweeper.clusters.clock import Clock
from sweeper.core.brief import brief
from sweeper.core.records import Record
from sweeper.core.state import State
from sweeper.logging_setup import logger
from sweeper.store.base import Store

_log = logger(__name__)


class Journal:
    """Writes records and applies them to the state; `heard` is called with records once they are applied."""

    def __init__(
        self, state: State, store: Store, clock: Clock, heard: Callable[[Sequence[Record]], object]
    ) -> None:
        self._state, self._store, self._clock, self._heard = state, store, clock, heard

    def wall(self) -> float:
        """Return the current Unix time, rounded as in records."""
        return round(self._clock.wall(), 3)

    def decide(self, records: Iterable[Record]) -> None:
        """Make decisions durable, then apply them to the state."""
        records = list(records)
        if not records:
            return
        for record in records:
            self._store.append(record)
        self._store.flush()
        self._apply(records)

    def note(self, record: Record) -> None:
        """Apply a fact that the next flush makes durable; after a crash before it, it is observed again."""
        self._store.append(record)
        self._apply([record])

    def _apply(self, records: Sequence[Record]) -> None:
        self._state.apply_all(records, self._clock.monotonic(), self._clock.wall())
        self._heard(records)
        if _log.isEnabledFor(INFO):
            for record in records:
                _log.info("%s", brief(record))
