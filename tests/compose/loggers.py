"""What a Hydra app does to the loggers of a process is undone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loggers_kept() -> Iterator[None]:
    """Let this process log as before: a Hydra app sets up logging, and disables what loggers there are."""
    root = logging.getLogger()
    handlers, level, disabled = root.handlers[:], root.level, {one for one in loggers() if one.disabled}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for one in loggers():
            one.disabled = one in disabled


def loggers() -> list[logging.Logger]:
    known = logging.getLogger().manager.loggerDict.values()
    return [one for one in known if isinstance(one, logging.Logger)]
