"""The heartbeat: a file that says who controls the sweep, and whose date says when they last did.

A thread touches it, so that a long read, or a write that the volume keeps waiting, does not make a
controller look dead; it stops once the engine has not turned for too long, so that one that hangs does
not look alive for ever. It is for others to look at: a volume in trouble is tried again at the next
beat, and never ends a sweep.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sweeper.core.errors import StorageError, SupersededError
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import Heartbeat
from sweeper.store import atomic, fresh

EVERY = 3.0
"""Seconds between two beats."""

HANGS = 600.0
"""Seconds without a turn of the engine after which the heart stops: reads are tried again for minutes."""

_LEAVING = 5.0
"""Seconds that a controller which leaves waits for a beat that the volume does not answer."""


@dataclass(frozen=True, slots=True)
class Beat:
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


def replace(paths: SweepPaths, mine: Heartbeat) -> None:
    """Put ours there, whoever's it was."""
    atomic.write(paths.heartbeat, _text(mine), sync=False)


def age(paths: SweepPaths, beat: Beat) -> float:
    """Seconds since the beat, by the clock that dates files on this volume."""
    return _now(paths) - beat.at_ns / 1e9


class Heart:
    """Beats from `start` to `stop`, as long as the engine turns.

    `check` raises SupersededError if another controller has taken the sweep over: then a heartbeat
    that is gone is not ours to put there again.
    """

    def __init__(self, paths: SweepPaths, mine: Heartbeat) -> None:
        self.check: Callable[[], object] = lambda: None
        self._paths, self._mine = paths, mine
        self._closing = threading.Event()
        self._turned_at = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def turned(self) -> None:
        """The engine has turned."""
        self._turned_at = time.monotonic()

    def restore(self) -> None:
        """Put ours there again if a slower rival by force has replaced it."""
        found = read(self._paths)
        if found is None or found.who != self._mine:
            self.check()
            replace(self._paths, self._mine)

    def stop(self) -> None:
        """Beat no more, and leave no heartbeat behind: the next controller need not wait."""
        self._closing.set()
        self._thread.join(_LEAVING)
        with suppress(OSError):  # then the next one waits until it has stood still for a while
            found = read(self._paths)
            if found and found.who == self._mine:
                os.unlink(self._paths.heartbeat)

    def _keep(self) -> None:
        while not self._closing.wait(EVERY):
            if time.monotonic() - self._turned_at > HANGS:
                continue
            try:
                self._beat()
            except SupersededError:
                return
            except (OSError, StorageError):
                continue  # the volume is in trouble: tried again at the next beat

    def _beat(self) -> None:
        found = read(self._paths)
        if found and found.who == self._mine:
            os.utime(self._paths.heartbeat)
        elif found is None or found.who is None:
            self.check()
            publish(self._paths, self._mine, found)


def _read(path: str) -> Beat | None:
    fresh.ask_again(path)
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
    except (IsADirectoryError, ValueError):
        return None


def _text(mine: Heartbeat) -> bytes:
    return json.dumps(mine.to_json()).encode()


def _now(paths: SweepPaths) -> float:
    """The volume's clock; this machine's if nothing can be written there."""
    probe = f"{paths.folder}/.clock.{os.urandom(4).hex()}.tmp"
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return time.time()
    try:
        return os.fstat(handle).st_mtime
    finally:
        os.close(handle)
        with suppress(FileNotFoundError):
            os.unlink(probe)
