"""A sweep as a Python object: what notebooks and other programs use."""

from __future__ import annotations

import html
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sweeper.app.cancel import cancel
from sweeper.app.changing import change
from sweeper.app.display import progress_html, progress_line
from sweeper.app.observers import Observer, Observers
from sweeper.app.renaming import rename
from sweeper.app.retry import retry
from sweeper.app.status import EVERY, SweepStatus, follow_status, read_status
from sweeper.app.stopping import stop
from sweeper.app.write_notes import note, tag
from sweeper.core import selectors
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.core.model import Attempt
from sweeper.store import attempts
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    import pandas

    from sweeper.app.controller import Controller
    from sweeper.app.grid import Grid

_LONGEST_LOG = 16 * 1024 * 1024


class Sweep:
    """One sweep: run it, watch it, change it, and read its results.

    Every method that reads works at any time, whoever controls the sweep and wherever. Made by
    `sweeper.sweep` and `sweeper.open_sweep`.
    """

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        try:
            return f"<{progress_line(self.status())}>"
        except CvsweepError:  # its folder has gone, for instance
            return f"<Sweep {self.path}>"

    def _repr_html_(self) -> str:
        try:
            return progress_html(self._reopened(), self.status())
        except CvsweepError as error:
            return f"<p>{html.escape(str(error))}</p>"

    @property
    def name(self) -> str:
        """The sweep's name: that of its folder."""
        return self._folder.name

    @property
    def path(self) -> str:
        """The sweep's folder, as an absolute path."""
        return self._folder.paths.folder

    @property
    def has_work(self) -> bool:
        """Has a trial not ended, or was something asked for that no controller has granted yet?"""
        return not self.status().finished or self._folder.has_requests()

    def status(self) -> SweepStatus:
        """Where the sweep stands now.

        Raises:
            StorageError: the sweep's folder cannot be read.
        """
        return read_status(self._folder.paths)

    def results(self) -> pandas.DataFrame:
        """The results so far: one row a trial, as `sweeper.load_results` gives them.

        Raises:
            StorageError: the journal is damaged or cannot be read.
        """
        from sweeper.results.results_frame import load_results

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

    def best(self, metric: str | None = None, mode: str | None = None) -> dict[str, Any] | None:
        """The best trial that has completed: its index, parameters, choices, metric and value.

        Args:
            metric: ranks the trials; None: `results.metric`, or the only metric that there is.
            mode: `min` or `max`; None: `results.mode` if that is of this metric, else what its name says.

        Returns:
            A dict with the keys `trial`, `params`, `choices`, `metric` and `value`; None if no trial has
            completed with a finite value.

        Raises:
            UsageError: several metrics could be meant.
            StorageError: the journal is damaged or cannot be read.
        """
        from sweeper.app.best import best

        return best(self._reopened(), metric, mode)

    def report(self) -> str:
        """Write the report, one HTML file in the sweep's folder, and return its path.

        Raises:
            UsageError: `cvsweep[report]` is not installed.
            StorageError: the file cannot be written.
        """
        from sweeper.app.report import write_report

        return write_report(self._reopened(), Observers.of(()))

    def logs(self, trial: int | str, attempt: int | None = None) -> str:
        """What an attempt of a trial has printed, at most its last 16 MB; empty if that is nothing (yet).

        Args:
            trial: its index, or the start of its key.
            attempt: the number of the attempt; None: the last one.

        Raises:
            UsageError: there is no such trial, or no such attempt.
        """
        folder = self._reopened()
        state = folder.state()
        found = _indexes(folder, [trial])
        assert found is not None
        one = state.trials[found[0]]
        number = one.number if attempt is None else attempt
        if attempt is not None and not 1 <= attempt <= one.number:
            raise UsageError(f"trial {one.trial.index} has no attempt {attempt}; its latest is {one.number}")
        last = Attempt(one.trial.index, number)
        return attempts.read_log_tail(folder.paths, one.trial, last, _LONGEST_LOG) if number else ""

    def add(
        self, grid: Grid | None = None, *, overrides: Iterable[str] = (), start: bool = True
    ) -> list[int]:
        """Add points, and see to it that they run.

        Args:
            grid: the points of a sweep of a program or a function, as for `sweeper.sweep`.
            overrides: the points of a sweep of a project's configuration, as on the command line.
            start: start a controller if none lives.

        Returns:
            The indexes of the trials that these points are, those that the sweep had already included.

        Raises:
            UsageError: the sweep has no such points.
            SweepHeldError, StorageError, BackendError, ControllerError: as from `run` and `start`.
        """
        from sweeper.app.api import add_points

        indexes = add_points(self._reopened(), grid, tuple(overrides))
        if start and self.has_work and not self.status().held:
            self.start()
        return indexes

    def run(self, *, observers: Iterable[Observer] = ()) -> SweepStatus:
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
        self.controller(observers=observers).run()
        return self.status()

    def controller(self, *, observers: Iterable[Observer] = ()) -> Controller:
        """What `run` runs, for programs that stop it from another thread or from a signal handler.

        Its `run()` brings the sweep to its end in the thread that calls it; `drain()` launches nothing more
        and waits for what runs; `leave()` leaves what runs to the next controller.

        Args:
            observers: get every event, in the thread that calls `run`.

        Raises:
            SweepHeldError: another controller lives.
            UsageError: the sweep is another user's, or its project is not there.
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
        return Controller(folder, seen)

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

            raise ControllerError(f"the controller of {self.name} has failed: {' '.join(started.output)}")

    def wait(self, timeout: float | None = None) -> SweepStatus:
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
        for seen in follow_status(self._folder.paths):
            last = seen
            if until is not None and time.monotonic() + EVERY > until and not seen.rests:
                raise TimeoutError(f"{self.name} is not over after {timeout} s")
        return last

    def cancel(self, trials: Iterable[int | str] | None = None) -> SweepStatus:
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

    def retry(self, trials: Iterable[int | str] | None = None, *, completed: bool = False) -> SweepStatus:
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

    def stop(self, *, now: bool = False) -> SweepStatus:
        """Let the sweep's controller launch nothing more and leave once what runs has ended.

        Nothing is cancelled. Without a controller there is nothing to stop.

        Args:
            now: the controller leaves at once, and what runs goes on.

        Returns:
            Where the sweep stands then; its controller may still be waiting for what runs.

        Raises:
            UsageError: the sweep is another user's.
            ControllerError: the controller does not answer.
        """
        stop(self._reopened(), now=now)
        return self.status()

    def change(self, settings: Mapping[str, Any]) -> None:
        """Let other settings hold from now on; a controller that lives takes them at its next turn.

        What can change: `cluster.max_parallel` (and of pods `cluster.max_gpus` and `cluster.reserve`),
        `retry.*`, `sweep.pause_after`, `results.metric`, `results.mode` and `results.required`.

        Args:
            settings: values by full names, such as `{"cluster.max_parallel": 4}`.

        Raises:
            UsageError: a setting cannot change, a value cannot be used, or the sweep is another user's.
            StorageError: the sweep's folder cannot be written.
            ControllerError: the controller does not answer.
        """
        change(self._reopened(), settings, Observers.of(()))

    def note(self, text: str, trials: Iterable[int | str] | None = None) -> None:
        """Write a note, which is shown in the table, in `cvsweep ls` and in the report.

        Args:
            text: the note; an empty one removes it.
            trials: indexes, or the starts of keys; None: the sweep itself.

        Raises:
            UsageError, StorageError, ControllerError: as from `change`.
        """
        folder = self._reopened()
        note(folder, text, _indexes(folder, trials), Observers.of(()))

    def tag(
        self,
        tags: Iterable[str] = (),
        trials: Iterable[int | str] | None = None,
        *,
        remove: Iterable[str] = (),
    ) -> None:
        """Give tags, and take others away. They are shown as notes are.

        Args:
            tags: words of letters, digits and `. : / @ + - _`.
            trials: indexes, or the starts of keys; None: the sweep itself.
            remove: tags that are taken away.

        Raises:
            UsageError, StorageError, ControllerError: as from `change`.
        """
        folder = self._reopened()
        tag(folder, tags, remove, _indexes(folder, trials), Observers.of(()))

    def rename(self, name: str) -> None:
        """Give the sweep another name, and its folder; this object goes on with it.

        Raises:
            UsageError: it can have no such name, or attempts of it may still run.
            SweepHeldError: a controller lives.
            StorageError: the folder cannot be moved.
        """
        self._folder = rename(self._reopened(), name, Observers.of(()))

    def _reopened(self) -> SweepFolder:
        """The folder with the settings that hold now: others may have changed them."""
        self._folder = SweepFolder(self.path)
        return self._folder


def _indexes(folder: SweepFolder, trials: Iterable[int | str] | None) -> tuple[int, ...] | None:
    if trials is None:
        return None
    keys = [one.trial.key for one in folder.state().trials]
    return tuple(selectors.trial(str(one), keys) for one in trials)
