"""The class Sweep, the Python API for notebooks and other programs."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sweeper.app.cancel import cancel, open_trials
from sweeper.app.changing import change
from sweeper.app.display import progress_html, progress_line
from sweeper.app.observers import Observer, Observers
from sweeper.app.renaming import rename
from sweeper.app.retry import retry
from sweeper.app.status import SweepStatus, read_status
from sweeper.app.stopping import stop
from sweeper.app.waiting import wait
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

    Every method that reads works at any time, whichever process on whichever host controls the sweep.
    `sweeper.sweep`, `sweeper.create_sweep` and `sweeper.open_sweep` return objects of this class.
    """

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        try:
            return f"<{progress_line(self.status())}>"
        except CvsweepError:  # for example, if its folder no longer exists
            return f"<Sweep {self.path}>"

    def _repr_html_(self) -> str:
        try:
            return progress_html(self._reopened(), self.status())
        except CvsweepError as error:
            return f"<p>{html.escape(str(error))}</p>"

    @property
    def name(self) -> str:
        """The sweep's name, which is that of its folder."""
        return self._folder.name

    @property
    def path(self) -> str:
        """The sweep's folder, as an absolute path."""
        return self._folder.paths.folder

    @property
    def has_work(self) -> bool:
        """Whether a trial has not ended, or a request waits to be granted."""
        return not self.status().finished or self._folder.has_requests()

    def status(self) -> SweepStatus:
        """Return the current status of the sweep.

        Raises:
            StorageError: the sweep's folder cannot be read.
        """
        return read_status(self._folder.paths)

    def results(self) -> pandas.DataFrame:
        """Return the results so far, one row per trial, as `sweeper.load_results` does.

        Raises:
            StorageError: the journal is damaged or cannot be read.
        """
        from sweeper.results.results_frame import load_results

        return load_results(self.path)

    def curves(
        self, *, metrics: str | Collection[str] | None = None, trials: Collection[int] | None = None
    ) -> pandas.DataFrame:
        """Return the curves so far, one row per step of each trial, as `sweeper.load_curves` does.

        Args:
            metrics: read only these metrics; None: all.
            trials: read only the trials with these indexes; None: all.

        Raises:
            UsageError: no curve has one of `metrics`.
            StorageError: the journal is damaged, or a file cannot be read.
        """
        from sweeper.results.curve_frame import load_curves

        return load_curves(self.path, metrics=metrics, trials=trials)

    def best(self, metric: str | None = None, mode: str | None = None) -> dict[str, Any] | None:
        """Return the best completed trial: its index, parameters, choices, metric and value.

        Args:
            metric: the metric that ranks the trials; None: `results.metric`, or the only metric of the sweep.
            mode: `min` or `max`; None: `results.mode` if it applies to this metric, else according to the
                metric's name.

        Returns:
            A dict with the keys `trial`, `params`, `choices`, `metric` and `value`; None if no trial has
            completed with a finite value.

        Raises:
            UsageError: `mode` is invalid, no trial has the metric, or `metric` is needed to choose one of
                several.
            StorageError: the journal is damaged or cannot be read.
        """
        from sweeper.app.best import best

        return best(self._reopened(), metric, mode)

    def report(self) -> str:
        """Write the report, one HTML file, and return its path.

        It is written into the sweep's folder, or into the current one if the sweep belongs to another user.

        Raises:
            UsageError: `cvsweep[report]` is not installed.
            StorageError: the file cannot be written.
        """
        from sweeper.app.report import write_report

        return write_report(self._reopened(), Observers.of(()))

    def logs(self, trial: int | str, attempt: int | None = None) -> str:
        """Return the output of an attempt of a trial, at most its last 16 MiB; empty if there is none yet.

        Args:
            trial: the index of the trial, or the start of its key.
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
        """Add points, and run them.

        Args:
            grid: points for a sweep of a program or a function, as for `sweeper.sweep`.
            overrides: points for a sweep of a project's configuration, as on the command line.
            start: start a controller if none is alive.

        Returns:
            The index of the trial of each point, including points that the sweep already had.

        Raises:
            UsageError: the sweep cannot have such points.
            SweepHeldError, StorageError, BackendError, ControllerError: as from `run` and `start`.
        """
        from sweeper.app.api import add_points

        indexes = add_points(self._reopened(), grid, tuple(overrides))
        if start and self.has_work and not self.status().held:
            self.start()
        return indexes

    def run(self, *, observers: Iterable[Observer] = ()) -> SweepStatus:
        """Control the sweep in this thread until every trial has ended, or the sweep is paused.

        Trials that have ended do not run again; running attempts are taken over. If `run` is interrupted (by
        Ctrl-C, for example), attempts continue to run, and the next `run` takes them over.

        Args:
            observers: receive every event (see sweeper/app/events.py), in this thread.

        Returns:
            The status at the end.

        Raises:
            SweepHeldError: another controller is alive.
            UsageError: the sweep belongs to another user, its project does not exist any more, or a variable
                that its trials need is not set.
            StorageError: the sweep's folder cannot be read or written.
            BackendError: the cluster cannot be reached, or refuses access.
        """
        self.controller(observers=observers).run()
        return self.status()

    def controller(self, *, observers: Iterable[Observer] = ()) -> Controller:
        """Return the controller that `run` uses, for programs that stop it from a thread or a signal handler.

        Its `run()` runs the sweep to its end in the thread that calls it. `drain()` makes it launch nothing
        more and wait for the running attempts; `leave()` makes it leave them to the next controller.

        Args:
            observers: receive every event, in the thread that calls `run`.

        Raises:
            SweepHeldError: another controller is alive.
            UsageError: the sweep belongs to another user, or its project does not exist any more.
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
        """Start a controller in a separate process, which continues if this program ends.

        Returns once the controller holds the sweep. Its log is `controller.log` in the sweep's folder.

        Raises:
            SweepHeldError: another controller is alive.
            UsageError: the sweep belongs to another user, or is a copy, made while trials ran.
            ControllerError: the controller did not start, or has failed at once, for example since the
                project does not exist any more.
        """
        from sweeper.app.start import start

        started = start(self._reopened(), Observers.of(()))
        if started.code not in (None, 0, 1):
            from sweeper.core.errors import ControllerError

            raise ControllerError(f"the controller of {self.name} has failed: {' '.join(started.output)}")

    def wait(self, timeout: float | None = None) -> SweepStatus:
        """Wait until every trial has ended, the sweep is paused, or has had no controller for ten seconds.

        Args:
            timeout: maximum seconds to wait; None: no limit.

        Returns:
            The status at the end.

        Raises:
            TimeoutError: the sweep is not over within `timeout` seconds.
            StorageError: the sweep's folder cannot be read.
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        seen = wait(self._folder.paths, until)
        if not seen.rests and time.monotonic() >= until:
            raise TimeoutError(f"{self.name} is not over after {timeout} s")
        return seen

    def cancel(self, trials: Iterable[int | str] | None = None) -> SweepStatus:
        """Cancel those of the trials that have not ended, running or not.

        Without a controller, this thread becomes the controller until the cancelled attempts have ended.

        Args:
            trials: their indexes, or the starts of their keys; None: all trials of the sweep.

        Returns:
            The status after that. A live controller may not have ended all cancelled attempts yet.

        Raises:
            UsageError, StorageError, BackendError: as from `run`.
            ControllerError: the controller does not answer.
        """
        from sweeper.app.controller import Controller  # as in `controller`

        folder = self._reopened()
        chosen = _indexes(folder, trials)
        if open_trials(folder.state(), chosen):
            cancel(folder, chosen, Controller(folder, Observers.of(()), cancels_only=True).run)
        return self.status()

    def retry(self, trials: Iterable[int | str] | None = None, *, completed: bool = False) -> SweepStatus:
        """Put trials that have ended back into the queue; a live controller, or `run` or `start`, runs them.

        Args:
            trials: their indexes, or the starts of their keys; None: all failed trials.
            completed: allow completed trials; with `trials` None, retry all of these as well.

        Returns:
            The status after that. Without a controller, the next one puts the trials back into the queue.

        Raises:
            UsageError: one of the trials cannot be retried.
            ControllerError: the controller does not answer.
        """
        folder = self._reopened()
        retry(folder, _indexes(folder, trials), completed=completed)
        return self.status()

    def stop(self, *, now: bool = False) -> SweepStatus:
        """Make the sweep's controller launch nothing more, and leave once the running attempts have ended.

        Nothing is cancelled. Without a controller there is nothing to stop.

        Args:
            now: the controller leaves at once, and the attempts continue to run.

        Returns:
            The status after that; the controller may still be waiting for running attempts.

        Raises:
            UsageError: the sweep belongs to another user.
            ControllerError: the controller does not answer.
        """
        stop(self._reopened(), now=now)
        return self.status()

    def change(self, settings: Mapping[str, Any]) -> None:
        """Change settings of the sweep from now on; a live controller applies them at its next turn.

        These can change: `cluster.max_parallel` (on Kubernetes also `cluster.max_gpus` and
        `cluster.reserve`), `retry.*`, `sweep.pause_after`, `results.metric`, `results.mode` and
        `results.required`.

        Args:
            settings: values by full names, such as `{"cluster.max_parallel": 4}`.

        Raises:
            UsageError: a setting cannot change, a value is invalid, or the sweep belongs to another user.
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
        """Add tags, and remove others. They are shown like notes.

        Args:
            tags: tags to add, each of letters, digits and `. : / @ + - _`.
            trials: indexes, or the starts of keys; None: the sweep itself.
            remove: tags to remove.

        Raises:
            UsageError, StorageError, ControllerError: as from `change`.
        """
        folder = self._reopened()
        tag(folder, tags, remove, _indexes(folder, trials), Observers.of(()))

    def rename(self, name: str) -> None:
        """Rename the sweep and its folder; this object then refers to the renamed folder.

        Raises:
            UsageError: the name is invalid or taken, the sweep belongs to another user, or attempts may still
                run.
            SweepHeldError: a controller is alive.
            StorageError: the folder cannot be renamed.
        """
        self._folder = rename(self._reopened(), name, Observers.of(()))

    def _reopened(self) -> SweepFolder:
        """Open the folder again for its current settings, which other processes may have changed."""
        self._folder = SweepFolder(self.path)
        return self._folder


def _indexes(folder: SweepFolder, trials: Iterable[int | str] | None) -> tuple[int, ...] | None:
    if trials is None:
        return None
    keys = [one.trial.key for one in folder.state().trials]
    return tuple(selectors.trial(str(one), keys) for one in trials)
