"""The heartbeat: a file that says who controls the sweep, and whose date says when they last did."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from typing import NamedTuple

from sweeper.core.paths import SweepPaths
from sweeper.core.presence import Heartbeat
from sweeper.files import atomic, nfs_revalidation


class Beat(NamedTuple):
    """The file at one moment: who wrote it (None if it is damaged), and what changes with every beat."""

    who: Heartbeat | None
    inode: int
    at_ns: int


def read(paths: SweepPaths) -> Beat | None:
    """The heartbeat as it is on the volume now; None if there is none."""
    return _read(paths.heartbeat)


def publish(paths: SweepPaths, mine: Heartbeat, former: Beat | None) -> None:
    """Put ours where there is none, or in the place of `former`; FileExistsError if another was faster."""
    if former is not None:
        _remove(paths.heartbeat, former)
    atomic.publish(paths.heartbeat, _text(mine), sync=False)


def touch(paths: SweepPaths) -> None:
    """Beat: date it now."""
    os.utime(paths.heartbeat)


def remove(paths: SweepPaths) -> None:
    os.unlink(paths.heartbeat)


def replace(paths: SweepPaths, mine: Heartbeat) -> None:
    """Put ours there, whoever's it was."""
    atomic.write(paths.heartbeat, _text(mine), sync=False)


def age(paths: SweepPaths, beat: Beat) -> float:
    """Seconds since the beat, by the clock that dates files on this volume."""
    return _now(paths) - beat.at_ns / 1e9


def _read(path: str) -> Beat | None:
    nfs_revalidation.revalidate(path)
    try:
        # What lies there may have been put there by anybody: a FIFO must not block.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        seen = os.fstat(handle)
        return Beat(_who(handle), seen.st_ino, seen.st_mtime_ns)
    finally:
        os.close(handle)


def _remove(path: str, former: Beat) -> None:
    """Remove that heartbeat and no other: it is renamed first, and put back if it is another's."""
    aside = f"{path}.{os.urandom(4).hex()}.tmp"
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return
    try:
        if _read(aside) != former:
            os.link(aside, path)
    finally:
        with suppress(FileNotFoundError, IsADirectoryError):
            os.unlink(aside)


def _who(handle: int) -> Heartbeat | None:
    try:
        return Heartbeat.from_json(json.loads(os.read(handle, 4096)))
    except (IsADirectoryError, ValueError, RecursionError):
        return None


def _text(mine: Heartbeat) -> bytes:
    return json.dumps(mine.to_json()).encode()


def _now(paths: SweepPaths) -> float:
    """The volume's clock; this machine's if nothing can be written there."""
    made = atomic.made_there(paths.folder)
    return time.time() if made is None else made.st_mtime
