"""A terminal of our own: what a command draws into it, and how the command ends."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from contextlib import suppress
from typing import Any, TextIO

from sweeper.cli.streams import ERRORS


class Terminal:
    """Options for a process that has this terminal, and everything that it wrote there."""

    def __init__(self, lines: int = 24, columns: int = 100) -> None:
        self._master, self._slave = pty.openpty()
        self.resize(lines, columns)
        os.set_blocking(self._master, False)
        self._before = termios.tcgetattr(self._slave)
        self._seen = b""
        self._taken = 0

    def resize(self, lines: int, columns: int) -> None:
        """Give the window another size."""
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def stream(self, encoding: str = "utf-8") -> TextIO:
        """Standard error of this process as it were in the terminal."""
        return open(os.ttyname(self._slave), "w", encoding=encoding, errors=ERRORS)

    def options(self, **environment: str) -> dict[str, Any]:
        """For subprocess.Popen: the terminal is the process's own, as in a window."""
        name = os.ttyname(self._slave)

        def own() -> None:
            os.setsid()
            os.close(os.open(name, os.O_RDWR))  # the first one that a session leader opens becomes its own

        streams = dict.fromkeys(("stdin", "stdout", "stderr"), self._slave)
        return {**streams, "preexec_fn": own, "env": {**os.environ, "TERM": "xterm", **environment}}

    def take(self) -> str:
        """What was written there since it was asked for last."""
        seen = len(self.text)
        self._taken, begin = seen, self._taken
        return self.text[begin:seen]

    @property
    def text(self) -> str:
        """What was written there so far."""
        with suppress(BlockingIOError, OSError):
            while data := os.read(self._master, 65536):
                self._seen += data
        return self._seen.decode()

    @property
    def is_clean(self) -> bool:
        """Is the terminal in the mode in which it was, with its cursor shown?"""
        shown, hidden = self.text.rfind("\x1b[?25h"), self.text.rfind("\x1b[?25l")
        return shown >= hidden and termios.tcgetattr(self._slave) == self._before

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def close(self) -> None:
        """Close the window."""
        for handle in (self._slave, self._master):
            with suppress(OSError):
                os.close(handle)
