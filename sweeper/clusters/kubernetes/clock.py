"""The clocks of a controller. They are given to whoever needs them, so that a test can let time pass."""

from __future__ import annotations

import time
from typing import Protocol

from sweeper.clusters.clock import boottime


class ClusterClock(Protocol):
    """Seconds: `boot` only runs forward, also while the machine sleeps; `awake` stands still then."""

    def boot(self) -> float: ...

    def awake(self) -> float: ...

    def wall(self) -> float:
        """Unix time."""


class SystemClock:
    """This machine's."""

    def boot(self) -> float:
        return boottime()

    def awake(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()
