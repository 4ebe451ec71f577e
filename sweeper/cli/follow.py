"""Writes a log to stdout: bytes as they are, all at once or as they come."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from sweeper.cli.common import say
from sweeper.core.model import Attempt
from sweeper.files import nfs_revalidation
from sweeper.files.regular import open_regular
from sweeper.store import status_reader
from sweeper.store.folder import SweepFolder

EVERY = 0.2
"""Seconds between two reads of the log."""

_CHUNK = 1 << 16

Seek = Callable[[int], bool]


def copy(path: str) -> bool:
    """Print the whole log; return False if there is none."""
    handle = open_regular(path)
    if handle is None:
        return False
    with open(handle, "rb", buffering=0):
        _drain(handle)
    return True


def follow(folder: SweepFolder, path: str, attempt: Attempt, seek: Seek | None = None) -> int:
    """Print the log as it grows, until the journal says that the attempt has ended.

    `seek` moves the handle past what is already printed; it returns False if it cannot decide yet.
    """
    ended_yet, handle, placed = end_of(folder, attempt), None, seek is None
    try:
        while True:
            ended = ended_yet()  # asked before the last read, so that no last line is lost
            if handle is None:
                handle = open_regular(path)
            else:
                nfs_revalidation.revalidate(path)  # to see its current length
            if handle is not None:
                placed = placed or (seek is not None and seek(handle))
                if placed:
                    _drain(handle)
            if ended:
                return 0
            time.sleep(EVERY)
    finally:
        if handle is not None:
            os.close(handle)


def rest(path: str, seek: Seek) -> None:
    """Print what the log holds now after the position that `seek` finds; nothing if it finds none."""
    handle = open_regular(path)
    if handle is not None:
        with open(handle, "rb", buffering=0):
            if seek(handle):
                _drain(handle)


def end_of(folder: SweepFolder, attempt: Attempt) -> Callable[[], bool]:
    """Return a function that checks whether the attempt has ended, cheap enough to call in a loop."""
    return _Watcher(folder, attempt).ended


class _Watcher:
    """Checks whether an attempt has ended; the longer a check takes, the rarer it is repeated."""

    def __init__(self, folder: SweepFolder, attempt: Attempt) -> None:
        self._folder, self._attempt = folder, attempt
        self._size: int | None = None
        self._next = 0.0
        self._warned = False

    def ended(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        ended = self._look()
        self._next = now + self._pause(time.monotonic() - now)
        if not (ended or self._warned or self._folder.is_held()):
            self._warned = True
            say("no controller lives that could notice the attempt's end; Ctrl-C stops following")
        return ended

    def _pause(self, took: float) -> float:
        return max(EVERY, 10 * took)

    def _look(self) -> bool:
        size = status_reader.journal_size(
            self._folder.paths
        )  # before the reading: growth meanwhile is seen next time
        if size == self._size:
            return False
        self._size = size
        return self._attempt not in self._folder.state().live


def _drain(handle: int) -> None:
    out = sys.stdout.buffer
    while data := os.read(handle, _CHUNK):
        out.write(data)
    out.flush()
