"""Reads the status of a sweep, from its last snapshot if that is current, else from its journal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sweeper.core.paths import SweepPaths
from sweeper.core.snapshot import Snapshot
from sweeper.core.standing import Standing, standing
from sweeper.store import presence, status_reader, sweep_json

EVERY = 1.0
"""Seconds between two looks."""

TIMEOUT = 10.0
"""Seconds without a controller before nobody waits any more: nothing moves then, but one may take over."""


class SweepStatus(NamedTuple):
    """A sweep at one moment: `held` says that a controller lives, `seen_at` when one last gave a sign.

    `is_asked`: it has requests to grant, which may bring more trials; only `follow_status` looks.
    """

    paths: SweepPaths
    snapshot: Snapshot
    held: bool
    seen_at: float
    is_asked: bool = False

    @property
    def finished(self) -> bool:
        """Has every trial come to an end?"""
        return self.standing is Standing.FINISHED

    @property
    def standing(self) -> Standing:
        """The sweep in one word."""
        return standing(self.snapshot.counts, self.snapshot.paused, held=self.held)

    @property
    def abandoned(self) -> bool:
        """Is there work left, no pause, and nobody to go on with it?"""
        return self.standing is Standing.ABANDONED

    @property
    def rests(self) -> bool:
        """Does nothing move any more, for all that is known: is it over, or paused without a controller?"""
        return (self.finished and not self.is_asked) or (bool(self.snapshot.paused) and not self.held)

    def to_json(self) -> Mapping[str, Any]:
        facts = {"sweep": self.paths.name, "folder": self.paths.folder, "finished": self.finished}
        facts["state"] = self.standing
        shown = self.snapshot._replace(best={}).to_json()  # of the results `ls` and `results` tell
        return {**facts, "controller": self.held, "seen_at": self.seen_at, **shown}


def read_status(paths: SweepPaths) -> SweepStatus:
    """Look at the sweep once. An error of ours where it cannot be read."""
    sweep_json.read(paths)
    held = presence.is_held(paths)
    found = status_reader.current(paths, held=held)
    return SweepStatus(paths, fold(paths) if found is None else found, held, status_reader.seen_at(paths))


def fold(paths: SweepPaths) -> Snapshot:
    """The sweep as its journal alone tells it: exact, but slower, and silent about slots."""
    from sweeper.core.snapshot import snapshot
    from sweeper.core.state import State
    from sweeper.store import journal

    return snapshot(State().apply_all(journal.Scan(paths)), time.time(), slots=0)


def follow_status(paths: SweepPaths) -> Iterator[SweepStatus]:
    """A look every second; the last one is at a sweep that nobody moves any more.

    What was asked for and is not granted yet, such as more trials, may still move it.
    """
    held_at = time.monotonic()
    while True:
        seen = read_status(paths)
        if seen.finished:
            seen = _exactly(seen)
        yield seen
        now = time.monotonic()
        held_at = now if seen.held else held_at
        if seen.rests or now - held_at >= TIMEOUT:
            return
        time.sleep(EVERY)


def _exactly(seen: SweepStatus) -> SweepStatus:
    """Trials may have been added since the last snapshot, or be about to be added."""
    from sweeper.store import requests  # only now: a single look needs none of it

    is_asked = requests.is_any_pending(seen.paths)  # before the journal, which has what is granted meanwhile
    if not (seen.held or is_asked):
        return seen
    return seen._replace(is_asked=is_asked, snapshot=fold(seen.paths))
