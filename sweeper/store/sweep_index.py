"""Finds sweeps: all under a root, and the one that a user names."""

from __future__ import annotations

import os
from contextlib import suppress

from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed, meant
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic, nfs_revalidation
from sweeper.store import owner, upwards


def is_sweep(folder: str | os.PathLike[str]) -> bool:
    """Whether the folder contains a sweep."""
    manifest = SweepPaths(os.path.abspath(folder)).manifest
    try:
        nfs_revalidation.revalidate(manifest)
        return os.path.lexists(manifest)  # of any kind: reading it reports what is wrong with it
    except ValueError:  # no file can have this name: it holds a NUL, or half a character
        return False


def find(root: str | os.PathLike[str], wanted: str | None) -> SweepPaths:
    """Return the sweep with this name or path; without either, our newest under `root`."""
    if wanted is None:
        found = all_sweeps(root)
        if not found:
            raise UsageError(f"there is no sweep in {root}; start one with: cvsweep -m lr=1e-3,1e-4")
        own = owner.newest_own(found)
        if own is None:
            names = listed([paths.name for paths in found[-5:]])
            raise UsageError(f"no sweep in {root} is yours: name the one that you mean ({names})")
        return own
    for place in (os.path.join(root, wanted), wanted):
        if is_sweep(place):
            return SweepPaths(os.path.abspath(place))
    _refuse_closed(wanted)
    raise UsageError(f"there is no sweep {wanted!r} in {root}{_way_out(root, wanted)}")


def _refuse_closed(path: str) -> None:
    """Raise StorageError if `path` is a folder that we may not read: it may contain a sweep."""
    try:
        os.lstat(SweepPaths(os.path.abspath(path)).manifest)
    except PermissionError as error:
        raise atomic.failure(f"looking into {path}", error) from error
    except (OSError, ValueError):
        return


def _way_out(root: str | os.PathLike[str], wanted: str) -> str:
    """Return what a name or path that is no sweep may mean, as the end of a sentence."""
    found = all_sweeps(root)
    names = [paths.name for paths in found]
    if wanted.lower() in ("last", "latest", "newest") and (own := owner.newest_own(found)):
        return f": leave it out to mean the newest, {own.name}"
    near = meant(wanted, names)
    if near:
        return f" (did you mean {' or '.join(near)}?)"
    inside = upwards.sweep_around(os.path.abspath(wanted)) if os.path.lexists(wanted) else None
    if inside:
        return f": that lies in the sweep {os.path.basename(inside)}; name the sweep itself: {inside}"
    known = f" (the newest there: {listed(names[-5:]) or 'none yet'}); see: cvsweep ls"
    return f"{known}, a trial comes behind its sweep" if wanted.isdigit() and names else known


def all_sweeps(root: str | os.PathLike[str]) -> list[SweepPaths]:
    """Return all sweeps under `root`, oldest first, by the date of sweep.json, which is the creation's."""
    root = os.path.abspath(root)
    nfs_revalidation.revalidate(root)
    if not os.path.isdir(root):
        return []
    with atomic.storage(f"reading {root}"), os.scandir(root) as entries:
        names = [entry.path for entry in entries if not entry.name.startswith(".")]
    dated = [(stamp, path) for path in names if (stamp := _made_at(path)) is not None]
    return [SweepPaths(path) for _, path in sorted(dated)]


def _made_at(folder: str) -> float | None:
    manifest = SweepPaths(folder).manifest
    nfs_revalidation.revalidate(manifest)
    for look in (os.stat, os.lstat):  # a link that leads nowhere is listed, too, as what cannot be read
        with suppress(OSError):
            return look(manifest).st_mtime
    return None
