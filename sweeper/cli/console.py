"""Passes our streams and terminal to a remote command, and always restores the terminal."""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class OwnConsole:
    """This process's own streams (see clusters/console.py)."""

    def __init__(self) -> None:
        self.keys = None if sys.stdin is None else sys.stdin.fileno()
        self.output, self.errors = sys.stdout.buffer, sys.stderr.buffer
        self.has_terminal = all(file is not None and file.isatty() for file in (sys.stdin, sys.stdout))

    @contextmanager
    def raw(self) -> Iterator[int]:
        """Put the terminal in raw mode; yield a descriptor that is readable after a signal such as SIGWINCH.

        The terminal is restored at the end, also after SIGTERM or SIGHUP.
        """
        keys = sys.stdin.fileno()
        before = termios.tcgetattr(keys)
        handlers = {signal.SIGTERM: _leave, signal.SIGHUP: _leave, signal.SIGWINCH: _go_on}
        former = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            with _signalled() as resized:
                tty.setraw(keys)
                yield resized
        finally:
            with suppress(termios.error):
                termios.tcsetattr(keys, termios.TCSADRAIN, before)
            for number, handler in former.items():
                signal.signal(number, handler)

    def size(self) -> tuple[int, int]:
        """Return the columns and lines of the terminal."""
        found = os.get_terminal_size(sys.stdout.fileno())
        return found.columns, found.lines


@contextmanager
def _signalled() -> Iterator[int]:
    """Yield a descriptor that becomes readable when a signal arrives."""
    reader, writer = os.pipe()
    for handle in (reader, writer):
        os.set_blocking(handle, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _go_on(number: int, frame: FrameType | None) -> None:
    """Do nothing: a signal needs a handler to make the wakeup descriptor readable."""
