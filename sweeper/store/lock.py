"""The sweep's lock file: flock, and the name of the lock's holder.

Only presence.py decides whether a controller is alive: on some volumes locks do not work, on others
they hold on one machine only. The journal's terms make a second controller harmless; see journal.py.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sweeper.core.errors import SweepHeldError
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import Locks
from sweeper.files import atomic
from sweeper.files.regular import NOFOLLOW, read_file, unlinked

_SIGNING = 2.0
"""Seconds to wait until the holder has written its name: microseconds, except on an overloaded machine."""

_LOCK = os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
_MOST = 4096
_LATEST = 1e12
"""No lock is held since later (Unix seconds)."""

_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""The errors of flock on a volume without locks (EINVAL too: its arguments are always valid)."""


class Unsupported(Exception):
    """Locks do not work on this volume; the message is the system's own."""


def me() -> dict[str, Any]:
    """Return the name of this controller for people: host, process number, since when (Unix seconds)."""
    return {"host": os.uname().nodename, "pid": os.getpid(), "since": round(time.time(), 3)}


class Lock:
    """A held lock; `release` (or the end of the process) frees it.

    `unsupported` says why it excludes no other process, if locks do not work on this volume.
    """

    def __init__(self, path: str, handle: int) -> None:
        self.unsupported = ""
        self._path = path
        self._handle = handle

    def is_current(self) -> bool:
        """Whether the path still leads to this lock's file; it does not after another took over by force."""
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            return False
        mine = os.fstat(self._handle)
        return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)

    def sign(self) -> None:
        """Write the name of this process into the file."""
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(me()).encode(), 0)

    def release(self) -> None:
        os.close(self._handle)


def acquire(paths: SweepPaths, *, by_force: bool = False) -> Lock:
    """Take the sweep's lock; SweepHeldError names its holder, unless `by_force` replaces the lock.

    If locks do not work on the volume, every caller gets a lock whose `unsupported` is set.
    """
    with atomic.storage(f"locking {paths.lock}"):
        if by_force:
            return _replace(paths)
        while (lock := _take(paths)) is None:
            pass
        return lock


def look(path: str) -> Locks:
    """Return the state of the lock file, without keeping the lock; FREE if there is no such file."""
    with atomic.storage(f"looking at {path}"):
        try:
            with unlinked(path):
                handle = os.open(path, NOFOLLOW)  # a FIFO must not block
        except FileNotFoundError:
            return Locks.FREE
        try:
            # A shared lock, so that two readers who look at the same moment do not see each other.
            return Locks.FREE if _try(handle, fcntl.LOCK_SH) else Locks.HELD
        except Unsupported:
            return Locks.UNSUPPORTED
        finally:
            os.close(handle)


def holder(paths: SweepPaths) -> dict[str, Any]:
    """Return the name in the lock file: the current or last holder; empty if it is not known."""
    try:
        found = json.loads(read_file(paths.lock, _MOST) or b"{}")
    except (OSError, ValueError, RecursionError):
        return {}
    match found:
        case {"host": str(), "pid": int()} if _is_time(found.get("since", 0)):
            return dict(found)
    return {}


def _is_time(since: object) -> bool:
    return isinstance(since, int | float) and abs(since) < _LATEST


def held_by(paths: SweepPaths, who: Mapping[str, Any]) -> str:
    """Return the message that refuses a second controller."""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(who.get("since", 0)))
    name = f"process {who['pid']} on {who['host']} since {since}" if "pid" in who else "another controller"
    return refusal(paths, name)


def refusal(paths: SweepPaths, holder_name: str) -> str:
    """Return the same message, for a holder that is already formatted."""
    return (
        f"sweep {paths.name} is held by {holder_name}; watch it with: cvsweep status -w {paths.name}"
        f" (if that controller hangs for good: cvsweep resume --take-over {paths.name})"
    )


def signatory(paths: SweepPaths) -> dict[str, Any]:
    """Return the holder of a held lock; wait a moment if the holder has not signed the file yet."""
    deadline = time.monotonic() + _SIGNING
    while "pid" not in (who := holder(paths)) and time.monotonic() < deadline:
        time.sleep(0.001)
    return who


def _take(paths: SweepPaths) -> Lock | None:
    """Take the lock of the existing file; None if another has just replaced that file."""
    with unlinked(paths.lock):
        handle = os.open(paths.lock, _LOCK, atomic.PUBLIC)
    lock = Lock(paths.lock, handle)
    try:
        while not _try(handle, fcntl.LOCK_EX):
            if not _try(handle, fcntl.LOCK_SH):
                raise SweepHeldError(held_by(paths, signatory(paths)))
            # Only readers in the middle of `look` hold it, and release it at once.
            fcntl.flock(handle, fcntl.LOCK_UN)
            time.sleep(0.001)
        if lock.is_current():
            lock.sign()
            return lock
    except Unsupported as error:
        lock.unsupported = str(error)
        return lock
    except BaseException:
        lock.release()
        raise
    lock.release()
    return None


def _replace(paths: SweepPaths) -> Lock:
    """Replace the held lock file with a new one that we hold."""
    temporary = f"{paths.lock}.{os.urandom(4).hex()}.tmp"
    handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    lock = Lock(paths.lock, handle)
    try:
        try:
            _try(handle, fcntl.LOCK_EX)
        except Unsupported as error:
            lock.unsupported = str(error)
        lock.sign()
        os.rename(temporary, paths.lock)
    except BaseException:
        lock.release()
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return lock


def _try(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            raise Unsupported(error.strerror or str(error)) from error
        raise
    return True
