"""Clocks: one that counts the time asleep (for pods, leases, other controllers), and one that does not.

`time.monotonic` stands still while the machine is suspended. That is right for limits on local processes,
which stand still as well, and wrong for a cluster. On macOS, which has no CLOCK_BOOTTIME, CLOCK_MONOTONIC
counts the time asleep, and `time.monotonic` is another clock, which does not.
"""

from __future__ import annotations

import time
from typing import Any, Protocol


def which(system: Any) -> int:
    """Return the number of the clock that counts the time asleep; `system` is a `time` module."""
    return int(getattr(system, "CLOCK_BOOTTIME", system.CLOCK_MONOTONIC))


_CLOCK = which(time)


def boottime() -> float:
    """Return the seconds of a clock that never goes back and that counts the time asleep."""
    return time.clock_gettime(_CLOCK)


class Clock(Protocol):
    """The engine's two clocks, in seconds: a monotonic one, the same as the backend's, and the wall clock."""

    def monotonic(self) -> float: ...

    def wall(self) -> float: ...


class WallClock:
    """The engine's clock if attempts run here, and stand still while the machine sleeps."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()


class BootClock:
    """The engine's clock if attempts run elsewhere: their limits and waits count the time asleep."""

    def monotonic(self) -> float:
        return boottime()

    def wall(self) -> float:
        return time.time()
