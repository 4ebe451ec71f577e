"""What a pod prints, as it prints it: the shared volume may show the same bytes a minute later.

The container's output is what its image prints while it sets up, then byte for byte what the shim
writes to log.txt. So where the stream breaks the file can go on, once it is known how much came first.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from sweeper.backends.kubernetes.server.errors import ApiError, TimedOut, Unreachable
from sweeper.cli import pods
from sweeper.cli.common import say
from sweeper.cli.follow import end_of, follow, rest
from sweeper.cli.kubelet_errors import programs_own
from sweeper.core.errors import BackendError, UsageError
from sweeper.core.words import escape

if TYPE_CHECKING:
    from sweeper.cli.pods import Pods
    from sweeper.core.model import Attempt
    from sweeper.store.folder import SweepFolder

EVERY = 1.0
"""Seconds between two looks whether the pod has started."""

_HEAD = 1 << 14
"""Bytes within which the image must be done with its set-up; the lab's prints a few lines."""

_AGAIN = 1 << 20
"""Bytes of a log that are worth reading once more where its connection may be dead."""

_TELLING = 256
"""Bytes of the file, found in the middle of what was printed, that cannot be there by chance."""


class Shown:
    """What was printed from the stream: how much, and how it began."""

    def __init__(self) -> None:
        self.count = 0
        self.head = b""

    def show(self, data: bytes) -> None:
        self.head += data[: _HEAD - len(self.head)]
        self.count += len(data)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def seek(self, handle: int) -> bool:
        """Move a log file's handle behind what was printed; False where the file cannot tell yet."""
        if not os.fstat(handle).st_size:
            return False
        if not self.seek_exactly(handle):
            say("the file does not begin as the stream did; here is the whole of it")
        return True

    def seek_exactly(self, handle: int) -> bool:
        """The same; False where it cannot be told, and the handle is where it was."""
        offset = self.offset_in(os.pread(handle, _HEAD, 0))
        if offset is not None:
            os.lseek(handle, offset, os.SEEK_SET)
        return offset is not None

    def offset_in(self, start: bytes) -> int | None:
        """How much of the file was printed, by the file's start: where in what was printed does it begin?

        None: nowhere, as the node had begun a new log before we came, or the set-up is not over
        within `_HEAD`. Where the set-up's last bytes equal the file's first ones (a line end, say),
        so many bytes are taken as printed.
        """
        whole = self.count == len(self.head)
        least = 1 if whole else min(_TELLING, len(start))
        for before in range(len(self.head) - least + 1):
            if start.startswith(self.head[before : before + len(start)]):
                return self.count - before
        return 0 if whole else None


def follow_pod(folder: SweepFolder, path: str, attempt: Attempt, uid: str) -> int:
    """Print what the pod prints, to its end; what the pod cannot tell comes from the file."""
    shown = Shown()
    try:
        with closing(pods.Pods(folder)) as access:
            if _has_begun(access, attempt, uid, end_of(folder, attempt)):
                _show(access, attempt, uid, shown)
                if not _runs(access, attempt, uid):
                    rest(path, shown.seek_exactly)  # a pod that is deleted may take its last lines along
                    return 0
                # Either it broke off, or the server has not heard of the end yet: the file knows the rest.
    except (ApiError, Unreachable, BackendError, UsageError) as error:
        say(f"the pod's log cannot be read: {error}; following the file, which may show things late")
    return follow(folder, path, attempt, shown.seek if shown.count else None)


def _show(access: Pods, attempt: Attempt, uid: str, shown: Shown) -> None:
    """Show the stream to its end, over as many connections as that takes.

    A program that says nothing and a connection that is dead look alike. So after some silence the log is
    asked for again, and what was shown already is passed over.
    """
    while True:
        try:
            for data in programs_own(_behind(shown, access.log(attempt, follow=True)), _tell):
                shown.show(data)
            return
        except TimedOut:
            if shown.count > _AGAIN:
                raise
            if not _runs(access, attempt, uid):
                return


def _behind(shown: Shown, stream: Iterable[bytes]) -> Iterator[bytes]:
    """What a stream has behind the bytes that were shown; Unreachable where it does not come so far."""
    before, passed = shown.count, 0
    try:
        for data in stream:
            known = shown.head[passed : passed + len(data)]
            if passed < before and not data.startswith(known):
                raise Unreachable("its node has begun a new log")
            skipped = min(len(data), before - passed)
            passed += skipped
            if data[skipped:]:
                yield data[skipped:]
    except TimedOut as error:
        if passed < before:
            raise Unreachable(str(error)) from error
        raise


def copy_pod(folder: SweepFolder, attempt: Attempt, uid: str) -> bool:
    """Print what a pod that was kept has printed; False where there is none."""
    try:
        with closing(pods.Pods(folder)) as access:
            pod = access.find(attempt, uid)
            if pod is None or not pods.begun(pod):
                return False
            shown = Shown()
            for data in programs_own(access.log(attempt, follow=False), _tell):
                shown.show(data)
    except (ApiError, Unreachable, BackendError, UsageError) as error:
        say(f"the pod's log cannot be read: {error}")
        return False
    return shown.count > 0


def _tell(words: str) -> None:
    say(f"the node cannot read more of the pod's log: {escape(words)}")


def _has_begun(access: Pods, attempt: Attempt, uid: str, ended: Callable[[], bool]) -> bool:
    """Wait for the pod to start. False where nothing comes: the attempt has ended, or its pod is gone."""
    told = ""
    while True:
        pod = access.find(attempt, uid)
        if pod is None and uid:
            return False
        if pod is not None and pods.begun(pod):
            return True
        standing = pods.standing(pod) if pod else "not there yet"
        if standing != told:
            told = standing
            say(f"the pod of trial {attempt.trial} is {standing}")
        if ended():
            return False
        time.sleep(EVERY)


def _runs(access: Pods, attempt: Attempt, uid: str) -> bool:
    pod = access.find(attempt, uid)
    return pod is not None and pods.runs(pod)
