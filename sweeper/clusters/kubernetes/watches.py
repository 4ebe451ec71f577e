"""The two watches of a controller: its sweep's pods and the namespace's quotas, read again after a sleep."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes.api_errors import Forbidden
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.mirror import PODS, QUOTAS, Mirror
from sweeper.clusters.kubernetes.pods import identity
from sweeper.clusters.kubernetes.reports import Changed, Listed, Report, Silent
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.server.patience import patiently
from sweeper.clusters.kubernetes.server.watch import Watch
from sweeper.clusters.kubernetes.wakeup import Clocks, Wakeup, stood_still

_START = 30.0


class Watches:
    """Used by the engine's thread; `tell` is called in others. `stood_still` hears the seconds of a sleep."""

    def __init__(
        self,
        api: Api,
        sweep_id: str,
        tell: Callable[[Report], None],
        mirror: Mirror,
        roster: Roster,
        lease: Lease | None,
        stood_still: Callable[[float], None],
    ) -> None:
        self._api, self._sweep_id, self._tell = api, sweep_id, tell
        self._mirror, self._roster, self._lease = mirror, roster, lease
        self._stood_still = stood_still
        self._watches: list[Watch] = []
        self._clocks, self._wakeup = _clocks(), Wakeup()

    def open(self) -> None:
        """LIST everything once, then keep watching; ApiError or Unreachable if the server does not answer."""
        pods = Watch(self._api, PODS, self._tell, identity.selector(self._sweep_id))
        quotas = Watch(self._api, QUOTAS, self._tell)
        patiently(pods.list, seconds=_START, denied=_START)
        self._look_at(quotas)
        self._start([pods, quotas])

    def now(self, meant: float = math.inf) -> float:
        """The time on the boot clock. That the machine has slept is noticed here.

        Args:
            meant: for how many seconds the process has just meant to wait; infinite if it was at work.
        """
        before, self._clocks = self._clocks, _clocks()
        if still := stood_still(before, self._clocks, meant):
            self._wake(still)
        return self._clocks.boot

    def is_current(self, now: float) -> bool:
        """Is what is known of the cluster newer than the last sleep, and the sweep still ours?"""
        if self._lease:
            self._wakeup = self._wakeup.renewed(self._lease.renewed_at)
        return self._wakeup.is_over(now)

    def fold(self, report: Listed | Changed | Silent, now: float) -> list[str]:
        """Take in what a watch reports; the UIDs of the pods that are gone."""
        if not isinstance(report, Listed):
            return self._roster.fold(report, now)
        if self._wakeup.is_outdated(report.began):
            return []
        self._wakeup = self._wakeup.listed(report.kind)
        return self._roster.fold(report, now)

    def close(self) -> None:
        """End; nobody need wait for it."""
        for watch in self._watches:
            watch.close()

    def _wake(self, still: float) -> None:
        """Ask for everything again: after a sleep a connection may bring nothing and not say so."""
        now, kinds = self._clocks.boot, {PODS} if self._mirror.denied else {PODS, QUOTAS}
        self._wakeup = Wakeup.now(now, kinds, PODS, has_lease=self._lease is not None)
        self._roster.stood_still(still)
        self._stood_still(still)
        if self._lease:
            self._lease.confirm(now)
        self._start([watch.successor() for watch in self._watches])

    def _look_at(self, quotas: Watch) -> None:
        try:
            patiently(quotas.list, seconds=_START)
        except Forbidden as error:  # its watch asks again and again; until then we are modest (see room.py)
            self._tell(Silent(QUOTAS, str(error), is_denied=True))

    def _start(self, watches: list[Watch]) -> None:
        self._watches = watches
        for watch in watches:
            watch.start()


def _clocks() -> Clocks:
    """Both clocks, now. A sleep between the two readings counts as one."""
    awake = time.monotonic()
    return Clocks(boottime(), awake)
