"""A sweep as a Python object: what notebooks and other programs use."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from sweeper.app.cancel import cancel
from sweeper.app.events import Observer, Observers
from sweeper.app.retry import retry
from sweeper.app.status import EVERY, Look, look, looks
from sweeper.core import selectors
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    import pandas


class Sweep:
    """One sweep: run it, watch it, change it, and read its results.

    Every method that reads works at any time, whoever controls the sweep and wherever. Made by
    `sweeper.sweep` and `sweeper.open_sweep`.
    """

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return f"Sweep({self.path!r})"

    @property
    def name(self) -> str:
        """The sweep's name: that of its folder."""
        return self._folder.name

    @property
    def path(self) -> str:
        """The sweep's folder, as an absolute path."""
        return self._folder.paths.folder

    def status(self) -> Look:
        """Where the sweep stands now.

        Raises:
            StorageError: the sweep's folder cannot be read.
        """
        return look(self._folder.paths)

    def results(self) -> pandas.DataFrame:
        """The results so far: one row a trial, as `sweeper.load_results` gives them.

        Raises:
            StorageError: the journal is damaged or cannot be read.
        """
        from sweeper.results.frame import load_results

        return load_results(self.path)

    def curves(
        self, *, metrics: str | Collection[str] | None = None, trials: Collection[int] | None = None
    ) -> pandas.DataFrame:
        """The curves so far: one row for each step of each trial, as `sweeper.load_curves` gives them.

        Args:
            metrics: read these alone.
            trials: read these alone, by their indexes.

        Raises:
            UsageError: no curve has one of `metrics`.
            StorageError: the journal is damaged, or a file cannot be read.
        """
        from sweeper.results.curve_frame import load_curves

        return load_curves(self.path, metrics=metrics, trials=trials)

    def run(self, *, observers: Iterable[Observer] = ()) -> Look:
        """Control the sweep in this thread until every trial has ended, or the sweep is paused.

        Trials that have ended stay as they are, running ones are taken over. Interrupted (by Ctrl-C, for
        instance), what runs goes on, and the next `run` takes it over.

        Args:
            observers: get every event (see sweeper/app/events.py), in this thread.

        Returns:
            Where the sweep stands then.

        Raises:
            SweepHeldError: another controller lives.
            UsageError: the sweep is another user's, its project is not there, or a variable is not set.
            StorageError: the sweep's folder cannot be read or written.
            BackendError: the cluster cannot be reached, or refuses us.
        """
        from sweeper.app.controller import Controller  # only now: readers need no engine
        from sweeper.app.environments import check_environment
        from sweeper.app.moved import check_code

        seen = Observers.of(observers)
        folder = self._reopened()
        folder.refuse_if_held()
        if not self.status().finished:
            check_code(folder)
            check_environment(folder, seen)
        Controller(folder, seen).run()
        return self.status()

    def start(self) -> None:
        """Start a controller in a process of its own, which goes on if this program ends.

        Returns once it holds the sweep. Its log is the file `controller.log` in the sweep's folder.

        Raises:
            SweepHeldError: another controller lives.
            UsageError: the sweep is another user's, or its project is not there.
            ControllerError: it has not started, or it has failed at once.
        """
        from sweeper.app.start import start

        started = start(self._reopened(), Observers.of(()))
        if started.code not in (None, 0, 1):
            from sweeper.core.errors import ControllerError

            raise ControllerError(f"the controller of {self.name} has failed: {' '.join(started.said)}")

    def wait(self, timeout: float | None = None) -> Look:
        """Wait until every trial has ended, the sweep is paused, or nobody has controlled it for ten seconds.

        Args:
            timeout: seconds to wait at most; None: as long as it takes.

        Returns:
            Where the sweep stands then.

        Raises:
            TimeoutError: it is not over by then.
            StorageError: the sweep's folder cannot be read.
        """
        until = None if timeout is None else time.monotonic() + timeout
        for seen in looks(self._folder.paths):
            last = seen
            if until is not None and time.monotonic() + EVERY > until and not seen.rests:
                raise TimeoutError(f"{self.name} is not over after {timeout} s")
        return last

    def cancel(self, trials: Iterable[int | str] | None = None) -> Look:
        """End what runs of these trials and drop what waits; without a controller it is done here.

        Args:
            trials: their indexes, or the starts of their keys; None: all of the sweep.

        Returns:
            Where the sweep stands then. A controller that lives may still be ending what runs.

        Raises:
            SweepHeldError, StorageError, BackendError: as from `run`.
            ControllerError: the controller does not answer.
        """
        folder = self._reopened()
        cancel(folder, _indexes(folder, trials), Observers.of(()))
        return self.status()

    def retry(self, trials: Iterable[int | str] | None = None, *, completed: bool = False) -> Look:
        """Put trials that have ended back into the queue; `run` or `start` then runs them.

        A controller that lives runs them by itself.

        Args:
            trials: their indexes, or the starts of their keys; None: all that have failed.
            completed: try completed trials again as well.

        Returns:
            Where the sweep stands then. Without a controller the trials are put back once one begins.

        Raises:
            UsageError: one of the trials cannot be tried again.
            ControllerError: the controller does not answer.
        """
        folder = self._reopened()
        retry(folder, _indexes(folder, trials), completed=completed)
        return self.status()

    def _reopened(self) -> SweepFolder:
        """The folder with the settings that hold now: others may have changed them."""
        self._folder = SweepFolder(self.path)
        return self._folder


def _indexes(folder: SweepFolder, trials: Iterable[int | str] | None) -> tuple[int, ...] | None:
    if trials is None:
        return None
    keys = [one.trial.key for one in folder.state().trials]
    return tuple(selectors.trial(str(one), keys) for one in trials)
