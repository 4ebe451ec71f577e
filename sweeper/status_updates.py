"""Publishes the status of a sweep: to the watcher of the controller, and in status.json."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from sweeper.core.errors import TransientStorageError
from sweeper.core.records import Record
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import State
from sweeper.results.best import BestSoFar
from sweeper.store.base import Store
from sweeper.store.retrying import line

STATUS_EVERY = 1.0
"""Seconds between two snapshots for readers."""

Watcher = Callable[[Sequence[Record], State, Snapshot], None]
"""Gets the new records, the state and a snapshot: after every turn with news, and about once a second."""


class StatusUpdates:
    """Makes and publishes snapshots. `look` makes one, given messages about the volume.

    `news` are the records that the watcher gets next; `best` keeps track of the best trial.
    """

    def __init__(
        self,
        state: State,
        store: Store,
        monotonic: Callable[[], float],
        look: Callable[[Sequence[str]], Snapshot],
        watcher: Watcher | None,
    ) -> None:
        self.news: list[Record] = []
        self._state, self._store, self._monotonic = state, store, monotonic
        self._look, self._watcher = look, watcher
        self.best = BestSoFar(state)
        self._told_at = float("-inf")
        self._trouble = self._unwritten = ""

    def hear(self, records: Sequence[Record]) -> None:
        """Take in records that have just been applied to the state."""
        self.news += records
        self.best.see(records)

    def publish(self, *, force: bool = False) -> None:
        """Write status.json if it is due (or `force`), and pass news to the watcher."""
        now = self._monotonic()
        due = force or now - self._told_at >= STATUS_EVERY
        if due:
            self._told_at = now
            self._store.check()
            self._unwritten = self._store.write_status(self._snapshot())
        self._show(force=due)

    def report_trouble(self, problem: str) -> None:
        """Publish that the volume is in trouble, in status.json too if that can be written."""
        self._trouble = line(problem)
        with suppress(TransientStorageError):
            self._store.check()
            self._store.write_status(self._snapshot())
        self._show(force=True)

    def trouble_is_over(self) -> None:
        """Remove the message about the volume, which works again."""
        self._trouble = ""

    def _show(self, *, force: bool) -> None:
        if self._watcher and (force or self.news):
            news, self.news = self.news, []
            self._watcher(news, self._state, self._snapshot())

    def _snapshot(self) -> Snapshot:
        return self._look([message for message in (self._trouble, self._unwritten) if message])
