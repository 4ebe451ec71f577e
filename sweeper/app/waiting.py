"""Wait until a sweep is over, is paused, or has no controller any more."""

from __future__ import annotations

import math
import time

from sweeper.app.status import TIMEOUT, SweepStatus, follow_status, read_status
from sweeper.core.paths import SweepPaths
from sweeper.core.standing import Standing

_LEAVING_EVERY = 0.2
"""Seconds between two checks whether the controller of a finished sweep has left."""


def wait(paths: SweepPaths, until: float = math.inf) -> SweepStatus:
    """Wait until every trial has ended, the sweep is paused without a controller, or no controller is alive.

    After the last trial, the controller gets up to `TIMEOUT` seconds to write the table and leave. Everyone
    who may read the sweep may wait.

    Args:
        paths: the paths of the sweep.
        until: when to stop waiting, as a value of `time.monotonic`.

    Returns:
        The last status.

    Raises:
        StorageError: the sweep cannot be read.
    """
    for last in follow_status(paths, until):
        seen = last
    latest = min(until, time.monotonic() + TIMEOUT)
    while seen.finished and seen.held and time.monotonic() < latest:
        time.sleep(_LEAVING_EVERY)
        seen = read_status(paths)
    return seen


def exit_code(seen: SweepStatus) -> int:
    """Return the exit code for a status, which is that of a run with this end.

    0: all trials completed. 1: some did not, or the sweep is paused without a controller. 130: a controller
    is still alive, or work is left without one.
    """
    counts = seen.snapshot.counts
    if seen.finished:
        return 0 if counts.get("completed", 0) == seen.snapshot.total else 1
    return 1 if seen.standing is Standing.PAUSED and not seen.held else 130
