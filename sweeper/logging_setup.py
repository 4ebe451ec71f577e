"""cvsweep's own loggers, below `sweeper`: silent unless a handler is added."""

from __future__ import annotations

import logging
import re
import time

TREE = "sweeper"
"""The root of cvsweep's loggers: a program configures it to see the log."""

_TIME = "%Y-%m-%d %H:%M:%S "
_STAMPED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (.*)")

logging.getLogger(TREE).addHandler(logging.NullHandler())


def logger(name: str) -> logging.Logger:
    """Return the logger of a module."""
    return logging.getLogger(name)


def stamp() -> str:
    """Return the time stamp for a line that is written now."""
    return time.strftime(_TIME)


def messages(text: str) -> list[str]:
    """Return the lines for people in a controller's log, without time stamps and without log records."""
    found = [match[1] if (match := _STAMPED.fullmatch(line)) else line for line in text.split("\n")]
    return [line for line in found if not line.startswith(f"{TREE}.")]
