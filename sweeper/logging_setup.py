"""cvsweep's own loggers, below `sweeper`: silent unless a handler is added."""

from __future__ import annotations

import logging
import re
import time

TREE = "sweeper"
"""The root of the tree: a program that wants to read along configures this logger."""

_TIME = "%Y-%m-%d %H:%M:%S "
_STAMPED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (.*)")

logging.getLogger(TREE).addHandler(logging.NullHandler())


def logger(name: str) -> logging.Logger:
    """The logger of a module."""
    return logging.getLogger(name)


def stamp() -> str:
    """The time in front of a line that is written now."""
    return time.strftime(_TIME)


def messages(text: str) -> list[str]:
    """The lines for people in a controller's log, without their times and without what was logged."""
    found = [match[1] if (match := _STAMPED.fullmatch(line)) else line for line in text.split("\n")]
    return [line for line in found if not line.startswith(f"{TREE}.")]
