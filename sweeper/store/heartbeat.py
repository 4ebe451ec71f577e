"""The heartbeat file: it names the sweep's controller; its time stamp is the controller's last beat."""

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
    """The heartbeat file at one moment: its writer (None if it is damaged), its inode and its time stamp."""

    who: Heartbeat | None
    inode: int
    at_ns: int


def read(paths: SweepPaths) -> Beat | None:
    """Return the current heartbeat on the volume, or None if there is none."""
    return _read(paths.heartbeat)


def publish(paths: SweepPaths, mine: Heartbeat, former: Beat | None) -> None:
    """Write our heartbeat in place of `former`, if any; FileExistsError if another controller was faster."""
    if former is not None:
        _remove(paths.heartbeat, former)
    atomic.publish(paths.heartbeat, _text(mine), sync=False)


def touch(paths: SweepPaths) -> None:
    """Set the time stamp of the heartbeat to now."""
    os.utime(paths.heartbeat)


def remove(paths: SweepPaths) -> None:
    os.unlink(paths.heartbeat)


def replace(paths: SweepPaths, mine: Heartbeat) -> None:
    """Write our heartbeat over any other."""
    atomic.write(paths.heartbeat, _text(mine), sync=False)


def age(paths: SweepPaths, beat: Beat) -> float:
    """Return the seconds since the beat, by the clock that dates files on this volume."""
    return _now(paths) - beat.at_ns / 1e9


def _read(path: str) -> Beat | None:
    nfs_revalidation.revalidate(path)
    try:
        # Any user may have created a file of this name: a FIFO must not block.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        seen = os.fstat(handle)
        return Beat(_who(handle), seen.st_ino, seen.st_mtime_ns)
    finally:
        os.close(handle)


def _remove(path: str, former: Beat) -> None:
    """Remove the heartbeat `former` only: rename the file first, and put it back if it is a different one."""
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
    """Return the volume's time, or this machine's if no file can be created on the volume."""
    made = atomic.made_there(paths.folder)
    return time.time() if made is None else made.st_mtime
