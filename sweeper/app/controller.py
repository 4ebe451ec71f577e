"""The controller of a sweep: takes the sweep, runs the engine in the calling thread, and leaves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from sweeper import clusters, engine
from sweeper.app.events import (
    ControllerLeft,
    Draining,
    Observers,
    SweepFinished,
    Turned,
    typed,
)
from sweeper.app.masking import check_records, masking_reader
from sweeper.app.summaries import Summaries
from sweeper.app.table import best_first, write_table
from sweeper.app.taking import taken
from sweeper.clusters.base import Backend
from sweeper.core.model import Cause
from sweeper.core.records import Record
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot
from sweeper.core.standing import is_over
from sweeper.core.state import State
from sweeper.snapshot.watch import CodeWatch
from sweeper.stop_flags import Control
from sweeper.store import machine
from sweeper.store.folder import SweepFolder, SweepWriter


class Controller:
    """Brings a sweep to its end, in the thread that calls `run`.

    `drain` and `leave` may be called from any thread, and from a signal handler. What they do is seen
    within half a second.
    """

    def __init__(
        self,
        folder: SweepFolder,
        observers: Observers,
        *,
        settings: Settings | None = None,
        environment: Mapping[str, str] | None = None,
        by_force: bool = False,
        gone: Collection[str] = (),
        patient: bool = False,
        cancels_only: bool = False,
    ) -> None:
        """
        Args:
            folder: the sweep.
            observers: get what happens, in the thread that calls `run`.
            settings: hold from now on instead of those that the sweep has.
            environment: is kept with the sweep instead of what was.
            by_force: take the sweep from a controller that hangs.
            gone: hosts that are no more.
            patient: wait until another controller that lives has left.
            cancels_only: grant the requests that are there, see what they cancel to its end, and leave all
                other trials alone.
        """
        self._folder = folder
        self._observers = observers
        self._settings, self._environment = settings, environment
        self._by_force, self._gone, self._patient = by_force, gone, patient
        self._cancels_only = cancels_only
        self._control = Control(draining=cancels_only)
        self._announced_draining = cancels_only

    def drain(self) -> None:
        """Launch nothing more and wait for what runs; asked a second time, leave it running."""
        if self._control.draining:
            self._control.leaving = True
        self._control.draining = self._control.returning = True

    def leave(self) -> None:
        """Leave at once; what runs goes on, and the next controller takes it over."""
        self._control.leaving = True

    @property
    def is_asked_to_stop(self) -> bool:
        """Was it asked to drain or to leave?"""
        return self._control.draining or self._control.leaving

    def run(self) -> State:
        """Run the sweep from where it stands.

        Returns:
            Where it stands then: every trial has ended, it is paused, or we were asked to stop.

        Raises:
            SweepHeldError: another controller lives, and we are not to wait for it.
            SupersededError: another controller has taken the sweep over.
            UsageError: the sweep belongs to another user, or a variable that its trials need is not set.
            StorageError: the sweep's folder cannot be read or written.
            BackendError: the cluster cannot be reached, or refuses us.
        """
        with self.taken() as work:
            return work()

    @contextmanager
    def taken(self) -> Iterator[Callable[[], State]]:
        """Hold the sweep, and get what runs it: for a front end that handles signals only while it runs."""
        taking = taken(
            self._folder,
            self._observers,
            self._settings,
            self._environment,
            by_force=self._by_force,
            gone=self._gone,
            patient=self._patient,
        )
        with taking as (writer, backend):
            yield partial(self._work, writer, backend)

    def _work(self, writer: SweepWriter, backend: Backend) -> State:
        folder = self._folder
        if not self._cancels_only:
            check_records(writer.records, folder.settings)
        observers = self._observers.and_also(Summaries(folder, writer.records, self._observers))
        code = writer.retried(partial(CodeWatch, folder.paths, folder.manifest.code, writer.records))
        state: State | None = None

        def watch(news: Sequence[Record], now: State, at: Snapshot) -> None:
            self._notify(observers, news, now, at)
            self._after(now)

        try:
            state = engine.run(
                folder.settings,
                backend,
                writer,
                clusters.of(folder.settings.cluster).clock(),
                writer.retried(partial(masking_reader, folder, writer.records)),
                control=self._control,
                watcher=watch,
                look_at_code=code.look,
                resume=not self._cancels_only,
                age=machine.seconds_since(folder.manifest.made),
            )
        finally:
            observers(ControllerLeft(state))
        writer.retried(partial(write_table, folder, best_first(folder, state)))
        if is_over(state.counts):
            observers(SweepFinished({status: count for status, count in state.counts.items() if count}))
        return state

    def _notify(self, observers: Observers, news: Sequence[Record], state: State, at: Snapshot) -> None:
        observers(Turned(news, state, at))
        for event in typed(news):
            observers(event)
        if self._control.draining and not self._announced_draining:
            self._announced_draining = True
            observers(Draining())

    def _after(self, state: State) -> None:
        """A controller that only cancels leaves once all that it cancels has ended."""
        # If nothing is live the run ends by itself, once nothing of it can still turn up.
        cancelling = any(live.stop is Cause.CANCELLED for live in state.live.values())
        if self._cancels_only and state.live and not cancelling:
            self._control.leaving = True  # never back to False: it may have been asked to leave already
