"""Reads the current metrics of the trials in a view, at intervals and with a time limit."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice

from sweeper.core.paths import EXIT, LOG, OWNER, SweepPaths
from sweeper.core.snapshot import RunningTrial
from sweeper.files import nfs_revalidation
from sweeper.store import sweep_json

EVERY = 3.0
"""Minimum seconds between two readings."""
SHARE = 0.05
"""Maximum share of the time that is spent reading."""
LONGEST = 0.3
"""Seconds after which a reading starts no further trial."""
_TURN = 0.5
"""Seconds between two checks in the background thread."""

THREAD = "current metrics"
"""The name of the thread that reads in the background."""

Which = tuple[int, int]
"""A trial and the number of its attempt."""


class Current:
    """Reads the metrics of running trials; every error is suppressed, since a view works without them."""

    def __init__(self, paths: SweepPaths, *, events: bool = False) -> None:
        """`events` is as in results.readers.read_recent."""
        self._paths, self._events = paths, events
        self._due = 0.0
        self._found: dict[Which, str] = {}
        self._read_at: dict[Which, float] = {}

    def of(self, running: Sequence[RunningTrial]) -> Mapping[Which, str]:
        """Return the known metrics as text, after reading those of `running` again if it is time."""
        began = time.monotonic()
        if began >= self._due:
            with suppress(Exception):  # programs wrote these files, and no view depends on them
                self._look(running, began + LONGEST)
            ended = time.monotonic()
            self._due = ended + max(EVERY, (ended - began) / SHARE)
        return dict(self._found)

    def _look(self, running: Sequence[RunningTrial], until: float) -> None:
        """Read the metrics of these trials until time `until`, starting with the least recently read."""
        results = sweep_json.read(self._paths)["settings"]["results"]
        log = results.get("reader") == "log" or bool(results.get("pattern"))
        # status.json is only a file: no key of it may lead out of the sweep's folder.
        begun = [one for one in running if one.key.isalnum() and not one.pending]
        places = {(one.trial, one.attempt): self._folders(one) for one in begun}
        left = [which for which, place in places.items() if _may_have_curve(*place, log=log)]
        self._found = {which: text for which, text in self._found.items() if which in left}
        if not left:
            return
        from sweeper.core.settings import ResultsSettings  # imported here: with the readers it is slow
        from sweeper.results.current import current

        for which in sorted(left, key=lambda which: self._read_at.get(which, 0.0)):
            if time.monotonic() > until:
                return
            self._read_at[which] = time.monotonic()
            self._found[which] = current(places[which][0], ResultsSettings(**results), events=self._events)

    def _folders(self, one: RunningTrial) -> tuple[str, str]:
        """Return the attempt folder and the checkpoint folder of the trial."""
        trial = self._paths.trial_of(one.trial, one.key)
        return trial.attempt_of(one.attempt), trial.checkpoints


class Background:
    """Reads metrics in a background thread; `found` holds the last ones, so a view never waits."""

    def __init__(self, paths: SweepPaths) -> None:
        self._current = Current(paths, events=True)
        self._wanted: Sequence[RunningTrial] = ()
        self._closed = threading.Event()
        self.found: Mapping[Which, str] = {}
        with suppress(RuntimeError):  # if the system has no room for a thread, nothing is shown
            threading.Thread(target=self._run, name=THREAD, daemon=True).start()

    def want(self, running: Sequence[RunningTrial]) -> None:
        """Set the trials that are shown now."""
        self._wanted = running

    def close(self) -> None:
        """Ask the thread to end after its current reading."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(_TURN):
            self.found = self._current.of(self._wanted)


def _may_have_curve(out: str, checkpoints: str, *, log: bool) -> bool:
    """Return True if there are files that a reader might use; far cheaper than the readers themselves."""
    ours = (OWNER, EXIT) if log else (OWNER, EXIT, LOG)
    return any(name not in ours for name in _some(out)) or any(_some(checkpoints))


def _some(folder: str) -> list[str]:
    """Return up to ten names in a folder, which is more than cvsweep itself writes there."""
    nfs_revalidation.revalidate(folder)
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in islice(entries, 10)]
    except OSError:
        return []
