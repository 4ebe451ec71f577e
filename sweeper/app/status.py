"""Read the status of a sweep, from its last snapshot if that is current, else from its journal."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sweeper.core.paths import SweepPaths
from sweeper.core.snapshot import Snapshot
from sweeper.core.standing import Standing, standing
from sweeper.store import presence, status_reader, sweep_json

EVERY = 1.0
"""Seconds between two reads of the status."""

TIMEOUT = 10.0
"""Seconds without a controller after which waiting ends; until then another controller may take over."""


class SweepStatus(NamedTuple):
    """The status of a sweep at one moment.

    Attributes:
        paths: the paths of the sweep.
        snapshot: the counts, the running and the failed trials.
        held: whether a controller is alive.
        seen_at: the time of a controller's last sign of life, in Unix seconds.
        is_asked: whether requests are waiting, which may add trials; only `follow_status` sets this.
    """

    paths: SweepPaths
    snapshot: Snapshot
    held: bool
    seen_at: float
    is_asked: bool = False

    @property
    def finished(self) -> bool:
        """Whether every trial has ended."""
        return self.standing is Standing.FINISHED

    @property
    def standing(self) -> Standing:
        """The state of the sweep in one word."""
        return standing(self.snapshot.counts, self.snapshot.paused, held=self.held)

    @property
    def abandoned(self) -> bool:
        """Whether work is left and the sweep is not paused, but no controller is alive."""
        return self.standing is Standing.ABANDONED

    @property
    def rests(self) -> bool:
        """Whether no further change is expected: the sweep is over, or paused without a controller."""
        return (self.finished and not self.is_asked) or (bool(self.snapshot.paused) and not self.held)

    def to_json(self) -> Mapping[str, Any]:
        facts = {"sweep": self.paths.name, "folder": self.paths.folder, "finished": self.finished}
        facts["state"] = self.standing
        shown = self.snapshot._replace(best={}).to_json()  # `ls` and `results` show the best trial
        return {**facts, "controller": self.held, "seen_at": self.seen_at, **shown}


def read_status(paths: SweepPaths) -> SweepStatus:
    """Read the status of a sweep once; raise CvsweepError if the sweep cannot be read."""
    sweep_json.read(paths)
    held = presence.is_held(paths)
    found = status_reader.current(paths, held=held)
    return SweepStatus(paths, fold(paths) if found is None else found, held, status_reader.seen_at(paths))


def fold(paths: SweepPaths) -> Snapshot:
    """Return a snapshot from the journal alone: exact, but slower, and without the number of slots."""
    from sweeper.core.snapshot import snapshot
    from sweeper.core.state import State
    from sweeper.store import journal

    return snapshot(State().apply_all(journal.Scan(paths)), time.time(), slots=0)


def follow_status(paths: SweepPaths, until: float = math.inf) -> Iterator[SweepStatus]:
    """Yield the status every second, until the sweep rests or has had no controller for `TIMEOUT` seconds.

    A finished sweep with waiting requests, such as requests to add trials, does not rest. The last status is
    that of `until`, a value of `time.monotonic`, at the latest.
    """
    held_at = time.monotonic()
    while True:
        seen = read_status(paths)
        if seen.finished:
            seen = _exactly(seen)
        yield seen
        now = time.monotonic()
        held_at = now if seen.held else held_at
        if seen.rests or now - held_at >= TIMEOUT or now >= until:
            return
        time.sleep(min(EVERY, until - now))


def _exactly(seen: SweepStatus) -> SweepStatus:
    """Return the exact status of a sweep that seems finished: trials may have been added, or may be soon."""
    from sweeper.store import requests  # only now: a single read does not need it

    is_asked = requests.is_any_pending(seen.paths)  # before the journal, so that no request is missed
    if not (seen.held or is_asked):
        return seen
    return seen._replace(is_asked=is_asked, snapshot=fold(seen.paths))
