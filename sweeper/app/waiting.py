"""Waiting until nothing of a sweep moves any more."""

from __future__ import annotations

import math
import time

from sweeper.app.status import TIMEOUT, SweepStatus, follow_status, read_status
from sweeper.core.paths import SweepPaths
from sweeper.core.standing import Standing

_LEAVING_EVERY = 0.2
"""Seconds between two looks at a controller that has nothing left to do but to leave."""


def wait(paths: SweepPaths, until: float = math.inf) -> SweepStatus:
    """Wait until every trial has ended, the sweep rests in a pause, or nobody controls it any more.

    A controller that is at its end is given time to write the table. Whoever may read the sweep may wait.

    Args:
        paths: the sweep.
        until: when to stop waiting (monotonic); about a second later this returns in any case.

    Returns:
        The last look at it.

    Raises:
        StorageError: it cannot be read.
    """
    for last in follow_status(paths):
        seen = last
        if time.monotonic() >= until:
            return seen
    latest = min(until, time.monotonic() + TIMEOUT)
    while seen.finished and seen.held and time.monotonic() < latest:
        time.sleep(_LEAVING_EVERY)
        seen = read_status(paths)
    return seen


def exit_code(seen: SweepStatus) -> int:
    """The exit code of a sweep that stands like this: as of a run that has ended so.

    0: all trials completed. 1: some did not, or the sweep is paused. 130: it goes on, or was left alone.
    """
    counts = seen.snapshot.counts
    if seen.finished:
        return 0 if counts.get("completed", 0) == seen.snapshot.total else 1
    return 1 if seen.standing is Standing.PAUSED and not seen.held else 130
