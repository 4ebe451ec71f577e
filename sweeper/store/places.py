"""Where sweeps lie: all of them under a root, and the one that a person means."""

from __future__ import annotations

import os
from contextlib import suppress

from sweeper.core.errors import UsageError
from sweeper.core.paths import SweepPaths
from sweeper.store import atomic, fresh


def is_sweep(folder: str | os.PathLike[str]) -> bool:
    """Does a sweep lie there?"""
    manifest = SweepPaths(os.path.abspath(folder)).manifest
    fresh.ask_again(manifest)
    return os.path.lexists(manifest)  # whatever it is: who reads it says what is wrong with it


def find(root: str | os.PathLike[str], wanted: str | None) -> SweepPaths:
    """The sweep that a person means: a name, a path, or with neither the newest under `root`."""
    if wanted is None:
        found = all_sweeps(root)
        if not found:
            raise UsageError(f"there is no sweep in {root}; start one with: cvsweep -m lr=1e-3,1e-4")
        return found[-1]
    for place in (os.path.join(root, wanted), wanted):
        if is_sweep(place):
            return SweepPaths(os.path.abspath(place))
    known = ", ".join(paths.name for paths in all_sweeps(root)[-5:]) or "none yet"
    raise UsageError(f"there is no sweep {wanted!r} in {root} (the newest there: {known}); see: cvsweep ls")


def all_sweeps(root: str | os.PathLike[str]) -> list[SweepPaths]:
    """Every sweep under `root`, oldest first: a sweep.json is dated as its sweep, and stays so."""
    root = os.path.abspath(root)
    fresh.ask_again(root)
    if not os.path.isdir(root):
        return []
    with atomic.storage(f"reading {root}"), os.scandir(root) as entries:
        names = [entry.path for entry in entries if not entry.name.startswith(".")]
    dated = [(stamp, path) for path in names if (stamp := _made_at(path)) is not None]
    return [SweepPaths(path) for _, path in sorted(dated)]


def _made_at(folder: str) -> float | None:
    manifest = SweepPaths(folder).manifest
    fresh.ask_again(manifest)
    for look in (os.stat, os.lstat):  # a link that leads nowhere is listed, too, as what cannot be read
        with suppress(OSError):
            return look(manifest).st_mtime
    return None
