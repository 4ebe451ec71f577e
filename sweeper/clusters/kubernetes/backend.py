"""The Kubernetes backend: creates pods if there is capacity, watches them, deletes them once on record.

Only the engine's thread folds events (fold.py), decides on actions (decide.py) and passes them to the
executor (executor.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from sweeper.clusters import claims
from sweeper.clusters.base import Asked, Order, Requested, View
from sweeper.clusters.kubernetes import capacity, events
from sweeper.clusters.kubernetes.actions import Action
from sweeper.clusters.kubernetes.clock import ClusterClock, SystemClock
from sweeper.clusters.kubernetes.decide import creates, decide, deletions
from sweeper.clusters.kubernetes.dry_run import claim_costs, foreseen
from sweeper.clusters.kubernetes.executor import Executor
from sweeper.clusters.kubernetes.fold import fold
from sweeper.clusters.kubernetes.invariants import validate
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.messages import current_messages, until_read
from sweeper.clusters.kubernetes.pods import manifest
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.main_container import began_at, created_at, elapsed
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.inbox import Inbox
from sweeper.clusters.kubernetes.server.retries import LATE
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.kubernetes.tracker import Tracker
from sweeper.clusters.kubernetes.wakeup import Clocks, stood_still
from sweeper.core.errors import BackendError, SupersededError
from sweeper.core.model import Attempt
from sweeper.core.sections import stored
from sweeper.core.settings import Settings
from sweeper.logging_setup import logger

_log = logger(__name__)
_FORESEE = 5.0
_LEAVING = 5.0
"""Seconds for which a controller that ends sends outstanding deletions, at most."""
_REREAD_AFTER = 60.0
"""Minimum seconds between two relists after a violated invariant: a repeated one must not block the sweep."""

Log = Callable[[Mapping[str, Any]], None]


class KubernetesBackend:
    """The interface of one controller to the pods of one sweep.

    Args:
        settings: the cluster's settings.
        sweep: identifies the sweep in the pods' labels.
        api: the API server.
        lease: the lease that marks this controller on the cluster; None if none is used.
        in_pod: maps a path of this machine to the path that pods see.
        memory_factor: retry.memory_factor of the sweep's settings.
        log: called with a record of each change that is requested, and of its result.
        clock: replaces the system's clocks in tests.
    """

    def __init__(
        self,
        settings: KubernetesSettings,
        sweep: SweepLabel,
        api: Api,
        *,
        lease: Lease | None,
        in_pod: Callable[[str], str],
        memory_factor: float = 1.0,
        log: Log = lambda record: None,
        clock: ClusterClock | None = None,
    ) -> None:
        self.result_grace = settings.result_grace
        self._sweep, self._api, self._lease = sweep, api, lease
        self._in_pod, self._memory_factor, self._log = in_pod, memory_factor, log
        self._clock = clock or SystemClock()
        ordinary = manifest.pod(settings, sweep, Attempt(0, 1), "shim", "trial")
        self._tracker = Tracker(settings, sweep.id, ordinary)
        self._inbox: Inbox[events.BackendEvent] = Inbox()
        requests = self._tracker.ownership.requests
        self._executor = Executor(api, sweep.id, requests, self._inbox, self._clock)
        self._clocks = self._read_clocks()
        self._reported: list[str] = []
        self._reread_at = -math.inf
        self._claimed = False

    # What the engine calls -----------------------------------------------------------------------

    def claim(self, *, by_force: bool = False) -> None:
        """Take the sweep's lease, if one is used; SweepHeldError if another controller holds it."""
        if self._lease and not self._claimed:
            try:
                self._lease.take(by_force=by_force)
            except (ApiError, Unreachable) as error:
                raise BackendError(f"{self._api.access.identity}: {error}") from error
            self._claimed = True

    def open(self, asked: Asked = dict) -> None:
        """List pods and quotas once, then watch them; BackendError if the server does not answer."""
        self.claim()
        self._tracker.ownership.asked = asked
        try:
            self._executor.open()
        except (ApiError, Unreachable) as error:
            raise BackendError(f"{self._api.access.identity}: {error}") from error
        user, ordinary = self._tracker.settings.user or "", self._tracker.ordinary
        pod = foreseen(self._api, ordinary, self._sweep, user, _FORESEE)
        costs = claim_costs(self._api, pod, _FORESEE)
        now = self._now()
        self._fold([events.Foreseen(pod, costs), *self._inbox.take()], now)

    def launch(self, order: Order) -> Requested:
        now = self._now()
        self._fold([events.Ordered(order, self._manifest(order))], now)
        if self._is_current(now):
            self._do(creates(self._tracker, now), now)
        return Requested()

    def find(self, order: Order) -> str | None:
        pod = self._tracker.find(order.attempt, self._manifest(order))
        if pod is None:
            self._fold([events.Doubted(LATE)], self._now())
            return None
        uid: str = pod["metadata"]["uid"]
        return uid

    def adopt(self, order: Order, owner: str) -> bool:
        if not claims.is_pod(owner):
            raise claims.unfit(order.attempt, owner, "a pod")
        if self._tracker.is_foreign(order.attempt, owner):
            return False
        pod, now = self._tracker.cache.pods.get(owner, {}), self._now()
        wall = self._clock.wall() + self._api.server_ahead
        ran, lived = elapsed(began_at(pod), wall), elapsed(created_at(pod), wall)
        late = [] if pod else [events.Doubted(LATE)]
        self._fold([*late, events.Adopted(order, owner, ran or 0.0, lived)], now)
        return True

    def observe(self) -> View:
        now = self._now()
        self._fold(self._inbox.take(), now)
        if self._lease:
            self._lease.beat(now)
            if self._lease.lost:
                raise SupersededError(self._lease.lost)
        if self._is_broken(now) or not self._is_current(now):
            return self._view_until_read(now)  # nothing is judged by what was seen before a sleep
        trouble = self._tracker.trouble
        self._fold([events.Looked()], now)
        self._do(decide(self._tracker, now), now)
        return self._view(now, trouble)

    def stop(self, attempt: Attempt) -> None:
        now = self._now()
        self._fold([events.Unwanted(attempt)], now)
        self._do(deletions(self._tracker, now, busy=True), now)

    def remove(self, attempt: Attempt) -> None:
        self._fold([events.Dropped(attempt)], self._now())

    def adjust(self, settings: Settings) -> None:
        """Use the limits and the memory factor of these settings from now on."""
        limits = stored(KubernetesSettings, {**settings.cluster.data, "volumes": {}})
        self._fold([events.Limited(limits)], self._now())
        self._memory_factor = settings.retry.memory_factor

    def wait(self, seconds: float) -> None:
        now = self._now()
        if self._lease:
            self._lease.beat(now)  # an engine that waits, for example for a volume, does not hang
        rest = self._tracker.backoff.ready_at - now
        meant = min(seconds, rest) if rest > 0 else seconds
        self._inbox.wait(meant)
        self._is_current(self._now(meant))

    def close(self) -> None:
        """Release everything, even after a step has failed; the error is raised at the end."""
        with ExitStack() as leaving:  # the last one is called first
            leaving.callback(self._api.close)
            if self._lease:
                leaving.callback(self._lease.release)
            leaving.callback(self._executor.close)
            leaving.callback(self._see_to_deletions)
            leaving.callback(self._executor.leave)

    # Folding events and carrying out actions -------------------------------------------------------

    def _fold(self, news: Iterable[events.BackendEvent], now: float) -> None:
        for event in news:
            fold(self._tracker, event, now)
        log, self._tracker.log = self._tracker.log, []
        for record in log:
            self._log({"at": self._clock.wall(), **record})

    def _do(self, actions: Iterable[Action], now: float) -> None:
        """Carry out the actions, then further creates, each decided after the one before was folded."""
        while actions:
            self._carry_out(actions, now)
            actions = creates(self._tracker, now)

    def _carry_out(self, actions: Iterable[Action], now: float) -> None:
        for action in actions:
            self._fold([events.Sent(action)], now)
            self._executor.do(action)

    def _is_broken(self, now: float) -> bool:
        """Return True if the tracker violates invariants anew: that is logged, and the cluster read again."""
        broken = validate(self._tracker)
        if not broken:
            self._reported = []
        if broken == self._reported or now < self._reread_at + _REREAD_AFTER:
            return False
        self._reported, self._reread_at = broken, now
        _log.error("what is known of the pods contradicts itself: %s", "; ".join(broken))
        self._read_again(events.Contradicted(self._lease is not None), now)
        return True

    def _see_to_deletions(self) -> None:
        """Send outstanding deletions until all are settled or `_LEAVING` seconds have passed."""
        until = self._clock.boot() + _LEAVING
        while True:
            now = self._clock.boot()
            self._fold(self._inbox.take(), now)
            self._carry_out(deletions(self._tracker, now, busy=False), now)
            open_ones = [one for one in self._tracker.deletions.values() if one.settled_at is None]
            if not open_ones or now >= until:
                break
            due = [one.due for one in open_ones if one.due is not None]
            self._inbox.wait(min([until, *due]) - now, for_all=True)

    # Time ------------------------------------------------------------------------------------------

    def _now(self, meant: float = math.inf) -> float:
        """Return the boot clock's time in seconds; if the machine has slept, start to read the cluster again.

        Args:
            meant: how many seconds the process has just intended to wait; infinite if it was working.
        """
        before, self._clocks = self._clocks, self._read_clocks()
        if still := stood_still(before, self._clocks, meant):
            self._read_again(events.Slept(still, self._lease is not None), self._clocks.boot)
        return self._clocks.boot

    def _read_clocks(self) -> Clocks:
        """Read both clocks. A sleep between the two readings is detected as well."""
        awake = self._clock.awake()
        return Clocks(self._clock.boot(), awake)

    def _read_again(self, why: events.BackendEvent, now: float) -> None:
        """Request new LISTs and a check of the lease; nothing is decided until they are answered."""
        fold(self._tracker, why, now)
        if self._lease:
            self._lease.confirm(now)
        self._executor.relist()

    def _is_current(self, now: float) -> bool:
        """Return True if what is known is newer than the last sleep; see `Wakeup.is_over`."""
        if self._lease and not self._tracker.wakeup.leased:
            self._fold([events.LeaseRenewed(self._lease.renewed_at)], now)
        found = self._tracker.wakeup.is_over(now)
        if found:
            self._executor.confirm(now)
        return found

    # Manifests and views ---------------------------------------------------------------------------

    def _manifest(self, order: Order) -> Json:
        return manifest.pod(
            self._tracker.settings,
            self._sweep,
            order.attempt,
            self._in_pod(order.shim),
            self._in_pod(order.trial_dir),
            ooms=order.ooms,
            memory_factor=self._memory_factor,
            avoid=self._tracker.avoided,
        )

    def _view_until_read(self, now: float) -> View:
        tracker = self._tracker
        slots = capacity.current(tracker, now).slots
        return View(slots=slots, messages=tuple(until_read(tracker)), idle=False, pods=tracker.names)

    def _view(self, now: float, trouble: str) -> View:
        tracker, free = self._tracker, capacity.current(self._tracker, now)
        remark = self._lease.remark if self._lease else ""
        return View(
            tracker.sightings,
            capacity=capacity.offer(tracker, free, now),
            slots=free.slots,
            messages=tuple(dict.fromkeys(filter(None, (remark, *current_messages(tracker, free, now))))),
            trouble=trouble,
            idle=tracker.is_idle(now),
            shortage=capacity.shortage(tracker, free),
            pods=tracker.names,
        )
