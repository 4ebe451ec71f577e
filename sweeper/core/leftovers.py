"""Decides which unfinished folders belong to runs that have ended. Pure."""

from __future__ import annotations

from sweeper.core.presence import Heartbeat, Machine

OLD = 86_400.0
"""The age in seconds from which an unfinished folder has been left, whichever machine it comes from."""


def is_left(who: Heartbeat, here: Machine, *, alive: bool, age: float) -> bool:
    """Whether the run that signed a folder has ended.

    Args:
        who: the process that signed it.
        here: where this process runs.
        alive: whether a process of that number and start time is alive here.
        age: seconds since it was signed.
    """
    if here.boot_id and who.machine == here:
        return not alive
    return age > OLD
