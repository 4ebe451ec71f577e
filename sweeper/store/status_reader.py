"""The controller's last snapshot, for readers who will not fold a journal: it must import next to nothing."""

from __future__ import annotations

import json
import os
import time

from sweeper.core.checksum import KEY, is_intact, with_checksum
from sweeper.core.paths import SweepPaths
from sweeper.core.snapshot import Snapshot
from sweeper.files import atomic, nfs_revalidation
from sweeper.files.regular import read_file

FRESH = 5.0
"""Seconds: a live controller replaces its snapshot about once a second."""


_MOST = 8_000_000


def read(paths: SweepPaths) -> Snapshot | None:
    """The last snapshot; None where there is none that can be read."""
    try:
        data = json.loads(read_file(paths.status, _MOST))
        if not is_intact(data):
            return None
        return Snapshot.from_json({name: value for name, value in data.items() if name != KEY})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # a snapshot is only a convenience: the journal tells the same


def write(paths: SweepPaths, snapshot: Snapshot) -> str:
    """Replace the snapshot; why that could not be done, empty if it was. StorageError if the disk is full."""
    text = json.dumps(with_checksum(snapshot.to_json())).encode()
    try:
        atomic.write(paths.status, text, sync=False)
    except OSError as error:
        failed = atomic.failure(f"writing {paths.status}", error)
        if error.errno in atomic.FULL:
            raise failed from error
        return str(failed)
    return ""


def current(paths: SweepPaths, *, held: bool) -> Snapshot | None:
    """The last snapshot where it says what the journal says; None where only the journal knows.

    That is so while a controller keeps writing it, and when nothing was journalled after it.
    """
    found = read(paths)
    if found is None:
        return None
    kept_up = held and abs(time.time() - found.at) < FRESH
    return found if kept_up or _modified(paths.status) > journalled_at(paths) else None


def journalled_at(paths: SweepPaths) -> float:
    """When the journal was last written (Unix seconds)."""
    try:
        return max((term.st_mtime for term in _terms(paths)), default=float("inf"))
    except OSError:
        return float("inf")


def journal_size(paths: SweepPaths) -> int:
    """The bytes in the journal: they only grow, so a reader knows whether there is anything new."""
    try:
        return sum(term.st_size for term in _terms(paths))
    except OSError:
        return -1


def seen_at(paths: SweepPaths) -> float:
    """When a controller last gave a sign of life (Unix seconds)."""
    signs = (journalled_at(paths), _modified(paths.status))
    return max((at for at in signs if abs(at) != float("inf")), default=0.0)


def _terms(paths: SweepPaths) -> list[os.stat_result]:
    """Of the journal's files; one that is just being made (*.tmp) may be gone before it is looked at."""
    with os.scandir(paths.journal) as entries:
        terms = sorted(entry.path for entry in entries if entry.name.endswith(".jsonl"))
    for newest in terms[-1:]:  # nothing counts any more that is written to the others
        nfs_revalidation.revalidate(newest)
    return list(map(os.stat, terms))


def _modified(path: str) -> float:
    nfs_revalidation.revalidate(path)
    try:
        return os.stat(path).st_mtime
    except OSError:
        return float("-inf")
