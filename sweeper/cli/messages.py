"""Lines for people on stderr and stdout."""

from __future__ import annotations

import sys

from sweeper.cli import streams
from sweeper.core.words import escape


def say(text: str) -> None:
    """One line for people; data alone goes to stdout.

    Whatever stands in it (a column's name, an error, a folder, an answer of a cluster) was written by others:
    what would steer a terminal, or begin another line of a log, is spelled out.
    """
    try:
        sys.stderr.write(f"{escape(text)}\n")
        sys.stderr.flush()
    except OSError as error:
        if not streams.may_recover(sys.stderr, error):
            streams.hush(sys.stderr)


def show(text: str) -> None:
    """One line of an answer on stdout, for people, made safe in the same way."""
    sys.stdout.write(f"{escape(text)}\n")
