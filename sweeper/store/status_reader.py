"""Reads and writes status.json, the controller's last snapshot, which saves readers the journal.

Every `cvsweep status` imports this module, so it must import next to nothing.
"""

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
    """Return the last snapshot; None if there is none that can be read."""
    try:
        data = json.loads(read_file(paths.status, _MOST))
        if not is_intact(data):
            return None
        return Snapshot.from_json({name: value for name, value in data.items() if name != KEY})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # a snapshot is only a shortcut: the journal holds the same facts


def write(paths: SweepPaths, snapshot: Snapshot) -> str:
    """Replace the snapshot; return why that failed, or "" if it did not. StorageError if the disk is full."""
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
    """Return the last snapshot if it is as current as the journal, else None.

    It is while a controller keeps writing it, or if nothing was journalled after it.
    """
    found = read(paths)
    if found is None:
        return None
    kept_up = held and abs(time.time() - found.at) < FRESH
    return found if kept_up or _modified(paths.status) > journalled_at(paths) else None


def journalled_at(paths: SweepPaths) -> float:
    """Return when the journal was last written (Unix seconds); infinity if that is not known."""
    try:
        return max((term.st_mtime for term in _terms(paths)), default=float("inf"))
    except OSError:
        return float("inf")


def journal_size(paths: SweepPaths) -> int:
    """Return the bytes in the journal, which only grow: so readers notice news. -1 if it is not readable."""
    try:
        return sum(term.st_size for term in _terms(paths))
    except OSError:
        return -1


def seen_at(paths: SweepPaths) -> float:
    """Return when a controller last wrote the journal or status.json (Unix seconds); 0 if not known."""
    signs = (journalled_at(paths), _modified(paths.status))
    return max((at for at in signs if abs(at) != float("inf")), default=0.0)


def _terms(paths: SweepPaths) -> list[os.stat_result]:
    """Return the stat results of the journal's terms; a *.tmp file may be gone before it can be read."""
    with os.scandir(paths.journal) as entries:
        terms = sorted(entry.path for entry in entries if entry.name.endswith(".jsonl"))
    for newest in terms[-1:]:  # what is still written to the others does not count
        nfs_revalidation.revalidate(newest)
    return list(map(os.stat, terms))


def _modified(path: str) -> float:
    nfs_revalidation.revalidate(path)
    try:
        return os.stat(path).st_mtime
    except OSError:
        return float("-inf")
