"""Tracks how much of a streamed log was printed, so that printing can resume from log.txt.

The stream begins with the output of the container's set-up; then it is byte for byte what the shim writes to
log.txt. So if the stream breaks, printing continues from the file, once the length of the set-up's output is
known.
"""

from __future__ import annotations

import os
from collections.abc import Callable

HEAD = 1 << 14
"""Bytes within which the set-up's output must end; that of the lab's image is a few lines."""

_TELLING = 256
"""Bytes of the file's start that, if they appear in what was printed, are not there by chance."""


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
        """Return how many bytes of the file were printed, by looking for its `start` in what was printed.

        None if it is not in the first `HEAD` bytes, and more was printed: the node had begun a new log before
        the stream, or the set-up's output is longer than `HEAD`. If the set-up's last bytes equal the
        file's first ones (a line end, say), they count as printed.
        """
        whole = self.count == len(self.head)
        least = 1 if whole else min(_TELLING, len(start))
        for before in range(len(self.head) - least + 1):
            if start.startswith(self.head[before : before + len(start)]):
                return self.count - before
        return 0 if whole else None
