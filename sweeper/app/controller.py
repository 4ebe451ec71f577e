"""The controller of a sweep: takes the sweep, runs the engine in the calling thread, releases the sweep."""

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
from sweeper.app.masking import MaskingReader, check_records
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
    """Runs a sweep to its end, in the thread that calls `run`.

    `drain` and `leave` may be called from any thread, and from a signal handler. They take effect within half
    a second.
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
            observers: receive all events, in the thread that calls `run`.
            settings: replace the sweep's settings; None: they stay as they are.
            environment: replaces the stored environment of the trials; None: it stays as it is.
            by_force: take the sweep from a controller that hangs.
            gone: hosts that no longer exist.
            patient: wait until a live controller has left.
            cancels_only: grant the waiting requests, wait until all cancelled attempts have ended, and leave
                all other trials as they are.
        """
        self._folder = folder
        self._observers = observers
        self._settings, self._environment = settings, environment
        self._by_force, self._gone, self._patient = by_force, gone, patient
        self._cancels_only = cancels_only
        self._control = Control(draining=cancels_only)
        self._announced_draining = cancels_only

    def drain(self) -> None:
        """Launch nothing more, put back pending attempts, and wait for the running ones.

        A second call leaves the running attempts to the next controller.
        """
        if self._control.draining:
            self._control.leaving = True
        self._control.draining = self._control.returning = True

    def leave(self) -> None:
        """Leave at once; attempts continue to run, and the next controller takes them over."""
        self._control.leaving = True

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether `drain` or `leave` was called."""
        return self._control.draining or self._control.leaving

    def run(self) -> State:
        """Run the sweep from its current state until it is over, is paused, or this controller is to stop.

        Returns:
            The state at the end.

        Raises:
            SweepHeldError: another controller is alive, and `patient` is False.
            SupersededError: another controller has taken over the sweep.
            UsageError: the sweep belongs to another user, or a variable that its trials need is not set.
            StorageError: the sweep's folder cannot be read or written.
            BackendError: the cluster cannot be reached, or refuses access.
        """
        with self.taken() as work:
            return work()

    @contextmanager
    def taken(self) -> Iterator[Callable[[], State]]:
        """Take the sweep; yield the function that runs it.

        For front ends that handle signals only while the sweep runs.
        """
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
        read = writer.retried(partial(MaskingReader, folder, writer.records))
        state: State | None = None

        def watch(news: Sequence[Record], now: State, at: Snapshot) -> None:
            read.learn(news)  # in the turn in which trials are added, so before they have results
            self._notify(observers, news, now, at)
            self._after(now)

        try:
            state = engine.run(
                folder.settings,
                backend,
                writer,
                clusters.of(folder.settings.cluster).clock(),
                read,
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
        """Make a controller that only cancels leave as soon as all cancelled attempts have ended."""
        # Without live attempts, the run ends by itself as soon as no further attempt can appear.
        cancelling = any(live.stop is Cause.CANCELLED for live in state.live.values())
        if self._cancels_only and state.live and not cancelling:
            self._control.leaving = True  # never reset to False: `leave` may have been called
