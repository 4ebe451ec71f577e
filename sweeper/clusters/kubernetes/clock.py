"""The clocks of a controller on Kubernetes, passed as an object so that tests can control the time."""

from __future__ import annotations

import time
from typing import Protocol

from sweeper.clusters.clock import boottime


class ClusterClock(Protocol):
    """Clocks in seconds: `boot` and `awake` never go back; only `boot` counts the time asleep."""

    def boot(self) -> float: ...

    def awake(self) -> float: ...

    def wall(self) -> float:
        """Unix time."""


class SystemClock:
    """The clocks of this machine."""

    def boot(self) -> float:
        return boottime()

    def awake(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()
