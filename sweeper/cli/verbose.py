"""Writes cvsweep's log records to stderr: with -v, and for a controller in the background."""

from __future__ import annotations

import logging

from sweeper.cli.messages import log_line
from sweeper.logging_setup import TREE


class LineHandler(logging.Handler):
    """Writes each line of a log record, including tracebacks, with its time in front."""

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            log_line(line)


def show_log(level: int = logging.DEBUG) -> None:
    """Write log records of at least this level to stderr from now on."""
    tree = logging.getLogger(TREE)
    if not is_shown():
        handler = LineHandler()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        tree.addHandler(handler)
    tree.setLevel(level)


def is_shown() -> bool:
    """Return True if the log is written to stderr."""
    return any(isinstance(one, LineHandler) for one in logging.getLogger(TREE).handlers)
