"""Tracks how much of a streamed log was printed, so that printing can resume from log.txt.

The stream is what the attempt's place prints while it sets up, then byte for byte what the shim writes to
log.txt. So where the stream breaks the file can go on, once it is known how much came first.
"""

from __future__ import annotations

import os
from collections.abc import Callable

HEAD = 1 << 14
"""Bytes within which the set-up must be done; that of the lab's image prints a few lines."""

_TELLING = 256
"""Bytes of the file, found in the middle of what was printed, that cannot be there by chance."""


class Shown:
    """Counts what was printed from the stream, and keeps its beginning."""

    def __init__(self, write: Callable[[bytes], object], say: Callable[[str], object]) -> None:
        self._write, self._say = write, say
        self.count = 0
        self.head = b""

    def show(self, data: bytes) -> None:
        self.head += data[: HEAD - len(self.head)]
        self.count += len(data)
        self._write(data)

    def seek(self, handle: int) -> bool:
        """Move a log file's handle behind what was printed; return False if the file is still empty."""
        if not os.fstat(handle).st_size:
            return False
        if not self.seek_exactly(handle):
            self._say("the file does not begin as the stream did; here is the whole of it")
        return True

    def seek_exactly(self, handle: int) -> bool:
        """Like `seek`, but return False and leave the handle unchanged if the offset cannot be determined."""
        offset = self.offset_in(os.pread(handle, HEAD, 0))
        if offset is not None:
            os.lseek(handle, offset, os.SEEK_SET)
        return offset is not None

    def offset_in(self, start: bytes) -> int | None:
        """How much of the file was printed, by the file's start: where in what was printed does it begin?

        None: nowhere, as the node had begun a new log before we came, or the set-up is not over
        within `HEAD`. Where the set-up's last bytes equal the file's first ones (a line end, say),
        so many bytes are taken as printed.
        """
        whole = self.count == len(self.head)
        least = 1 if whole else min(_TELLING, len(start))
        for before in range(len(self.head) - least + 1):
            if start.startswith(self.head[before : before + len(start)]):
                return self.count - before
        return 0 if whole else None
