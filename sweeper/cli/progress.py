"""How far composing is, on stderr: a line that is redrawn on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from types import TracebackType

from sweeper.cli.common import say
from sweeper.cli.streams import fit, hush
from sweeper.core.formatting import duration

_QUIET = 1.0
"""Seconds in which nothing is shown: most grids are composed by then."""

_REDRAW = 0.25
_TELL_EVERY = 10.0
_BAR = 30
_ERASE = "\r\x1b[K"


class ComposeProgress:
    """Shows how many points are composed. A context, so that nothing of it is left at the end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        drawn = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn = drawn
        self._every = _REDRAW if drawn else _TELL_EVERY
        self._clock = clock
        self._begun = clock()
        self._next = self._begun + (_QUIET if drawn else _TELL_EVERY)
        self._done = 0
        self._on_screen = False

    def __enter__(self) -> ComposeProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._on_screen:
            self._write(_ERASE)

    def see(self, done: int, total: int) -> None:
        """Take in that `done` of `total` points are composed."""
        now = self._clock()
        if done < self._done:  # composing has begun again
            self._begun = now
        self._done = done
        if done == total and self._on_screen:  # other lines may follow
            self._on_screen = False
            self._write(_ERASE)
            return
        if now < self._next:
            return
        self._next = now + self._every
        if self._drawn:
            self._on_screen = True
            self._write(_ERASE + fit(bar(done, total, now - self._begun), sys.stderr))
        else:
            say(count(done, total, now - self._begun))

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:  # the terminal has gone
            hush(sys.stderr)


def count(done: int, total: int, seconds: float) -> str:
    """How far it is, and how long it may take yet."""
    left = seconds / done * (total - done)
    return f"composing: {done:,} of {total:,} points; about {duration(left)} left"


def bar(done: int, total: int, seconds: float) -> str:
    """The same with a bar in front of it; every terminal has these characters."""
    full = _BAR * done // total
    return f"[{'#' * full}{'-' * (_BAR - full)}] {count(done, total, seconds)}"
