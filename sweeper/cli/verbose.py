"""Writes cvsweep's log records to stderr: with -v, and for a controller in the background."""

from __future__ import annotations

import logging

from sweeper.cli.messages import log_line
from sweeper.logging_setup import TREE


class LineHandler(logging.Handler):
    """Writes each line of a record, a traceback's included, like a message, with its time in front."""

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            log_line(line)


def show_log(level: int = logging.DEBUG) -> None:
    """Write to stderr what is logged from now on, from this level upwards."""
    tree = logging.getLogger(TREE)
    if not is_shown():
        handler = LineHandler()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        tree.addHandler(handler)
    tree.setLevel(level)


def is_shown() -> bool:
    """Is the log written to stderr?"""
    return any(isinstance(one, LineHandler) for one in logging.getLogger(TREE).handlers)
