"""Lines for people on stderr and stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable

from sweeper.cli import streams
from sweeper.core.formatting import escape

_prefix: Callable[[], str] = str


def say(text: str) -> None:
    """One line for people; data alone goes to stdout.

    Whatever stands in it (a column's name, an error, a folder, an answer of a cluster) was written by others:
    what would steer a terminal, or begin another line of a log, is spelled out.
    """
    _write(_prefix() + escape(text))


def show(text: str) -> None:
    """One line of an answer on stdout, for people, made safe in the same way."""
    sys.stdout.write(f"{escape(text)}\n")


def log_line(text: str) -> None:
    """One line of the log, with its time."""
    from sweeper.logging_setup import stamp  # only now: it imports logging

    _write(stamp() + escape(text))


def stamp_lines() -> None:
    """Begin every line with its time, from now on: stderr is a log file."""
    global _prefix
    from sweeper.logging_setup import stamp

    _prefix = stamp


def is_stamped() -> bool:
    """Does every line begin with its time?"""
    return _prefix is not str


def _write(line: str) -> None:
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError as error:
        if not streams.may_recover(sys.stderr, error):
            streams.hush(sys.stderr)
