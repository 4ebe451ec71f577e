"""Write summary.md in the sweep's folder, and keep it up to date while the sweep runs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from sweeper.app.events import ControllerLeft, Turned
from sweeper.app.observers import Event, Observers
from sweeper.app.table import best_first, write_table
from sweeper.core.records import Record
from sweeper.core.state import State
from sweeper.files import atomic
from sweeper.report.facts import make_facts
from sweeper.report.summary import make_summary
from sweeper.report.tally import Tally
from sweeper.results.table import source
from sweeper.snapshot import code
from sweeper.store.folder import SweepFolder

EVERY = 30.0
"""Minimum seconds between two summaries, and ..."""
SHARE = 0.01
"""... the maximum share of the controller's time for writing them."""


def write_outputs(folder: SweepFolder, records: Iterable[Record], state: State, observers: Observers) -> None:
    """Write results.csv and summary.md again, for a sweep without a controller that would do it."""
    write_table(folder, best_first(folder, state))
    Summaries(folder, records, observers).write(state)


class Summaries:
    """An observer that writes summary.md from time to time, and at the end unless it is up to date.

    A summary that cannot be written never ends a sweep; the first failure is reported.
    """

    def __init__(self, folder: SweepFolder, records: Iterable[Record], observers: Observers) -> None:
        self._observers = observers
        self._folder = folder
        self._tally = Tally(gpus=source(folder, State()).gpus).take(records)
        self._due = time.monotonic()
        self._complained = False
        self._is_current = False

    def __call__(self, event: Event) -> None:
        """Process an event; when the controller has left, write the summary unless it is up to date."""
        if isinstance(event, Turned):
            self.see(event.news, event.state)
        elif isinstance(event, ControllerLeft) and event.state and not self._is_current:
            self.write(event.state)

    def see(self, news: Sequence[Record], state: State) -> None:
        """Process new records of the journal, and write the summary if it is due."""
        self._tally.take(news)
        self._is_current = self._is_current and not news
        if time.monotonic() >= self._due:
            self.write(state)

    def write(self, state: State) -> None:
        """Write the summary of the current state."""
        began = time.monotonic()
        try:
            self._write(state)
            self._is_current = True
        except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the trials matter more
            if not self._complained:
                self._complained = True
                self._observers.say(f"summary.md is not kept up to date: {error or type(error).__name__}")
        ended = time.monotonic()
        self._due = ended + max(EVERY, (ended - began) / SHARE)

    def _write(self, state: State) -> None:
        folder, paths = self._folder, self._folder.paths
        one = source(folder, state)
        facts = make_facts(
            one, paths.folder, folder.settings.results, self._tally, time.time(), code.describe_commit(paths)
        )
        text = make_summary(facts).encode(errors="backslashreplace")
        with atomic.storage(f"writing {paths.summary}"):
            atomic.write(paths.summary, text, sync=False)
