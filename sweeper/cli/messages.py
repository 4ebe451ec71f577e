"""Prints lines for people on stderr and stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable

from sweeper.cli import streams
from sweeper.core.formatting import escape

_prefix: Callable[[], str] = str


def say(text: str) -> None:
    """Print one line for people on stderr; stdout is reserved for data.

    The text may contain input from others (a column's name, an error, a folder, a cluster's response), so
    control characters and line breaks are escaped.
    """
    _write(_prefix() + escape(text))


def show(text: str) -> None:
    """Print one line of a result for people on stdout, escaped as in `say`."""
    sys.stdout.write(f"{escape(text)}\n")


def log_line(text: str) -> None:
    """Print one line of the log with its time on stderr."""
    from sweeper.logging_setup import stamp  # only now: it imports logging

    _write(stamp() + escape(text))


def stamp_lines() -> None:
    """Begin every line with its time from now on, because stderr is a log file."""
    global _prefix
    from sweeper.logging_setup import stamp

    _prefix = stamp


def is_stamped() -> bool:
    """Return True if every line begins with its time."""
    return _prefix is not str


def _write(line: str) -> None:
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError as error:
        if not streams.may_recover(sys.stderr, error):
            streams.hush(sys.stderr)
