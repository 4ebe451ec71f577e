"""Shows the progress of composing on stderr: one redrawn line in a terminal, occasional lines elsewhere."""

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
    """Shows how many points are composed; a context manager that erases its line at the end."""

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
        """Record that `done` of `total` points are composed, and redraw if it is time."""
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
    """Return the number of composed points and the estimated time left, as text."""
    left = seconds / done * (total - done)
    return f"composing: {done:,} of {total:,} points; about {duration(left)} left"


def bar(done: int, total: int, seconds: float) -> str:
    """Return the text of `count` with an ASCII progress bar in front."""
    full = _BAR * done // total
    return f"[{'#' * full}{'-' * (_BAR - full)}] {count(done, total, seconds)}"
