"""One controller a sweep, by manners: a lock on one machine, and the name of whoever holds it.

The fence behind these manners is the journal's terms; see journal.py.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from typing import Any

from sweeper.core.errors import SweepHeldError
from sweeper.core.paths import SweepPaths
from sweeper.store import atomic


def me() -> dict[str, Any]:
    """Who this controller is, for people: host, process number, since when (Unix seconds)."""
    return {"host": os.uname().nodename, "pid": os.getpid(), "since": round(time.time(), 3)}


class Lock:
    """A held lock; `release` (or the end of the process) frees it."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def release(self) -> None:
        os.close(self._handle)


def acquire(paths: SweepPaths, *, by_force: bool = False) -> Lock:
    """Take the sweep's lock. SweepHeldError says who has it; `by_force` takes it all the same."""
    with atomic.storage(f"locking {paths.lock}"):
        if by_force:
            return _replace(paths)
        while True:
            handle = os.open(paths.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            if not _try(handle):
                os.close(handle)
                raise SweepHeldError(held_by(paths, holder(paths)))
            if _is_current(handle, paths.lock):
                os.ftruncate(handle, 0)
                os.pwrite(handle, json.dumps(me()).encode(), 0)
                return Lock(handle)
            os.close(handle)


def is_held(paths: SweepPaths) -> bool:
    """Does a controller live (on this machine)?"""
    try:
        handle = os.open(paths.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A shared lock, so that two readers who look at the same moment do not see each other.
        return not _try(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def holder(paths: SweepPaths) -> dict[str, Any]:
    """Who holds the sweep, or held it last; empty where that is not known."""
    try:
        with open(paths.lock, "rb") as file:
            found = json.loads(file.read() or b"{}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def held_by(paths: SweepPaths, who: Mapping[str, Any]) -> str:
    """The line that refuses a second controller."""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(who.get("since", 0)))
    name = f"process {who['pid']} on {who['host']} since {since}" if "pid" in who else "another controller"
    return (
        f"sweep {paths.name} is held by {name}; watch it with: cvsweep status -w {paths.name}"
        f" (if that controller hangs for good: cvsweep resume --take-over {paths.name})"
    )


def _replace(paths: SweepPaths) -> Lock:
    temporary = f"{paths.lock}.{os.urandom(4).hex()}.tmp"
    handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    _try(handle)
    os.write(handle, json.dumps(me()).encode())
    os.rename(temporary, paths.lock)
    return Lock(handle)


def _try(handle: int, how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_current(handle: int, path: str) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(handle)
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
