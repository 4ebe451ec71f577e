"""Trials as pods: asked for where there is room, watched without polling, deleted once on record.

The engine's thread alone decides: it folds what the watches and the answers to its own requests
brought, and sends the next requests. The other threads only talk to the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from sweeper.clusters import claims
from sweeper.clusters.base import Asked, Order, Requested, View
from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes.disposal import Disposal, Log
from sweeper.clusters.kubernetes.dry_run import claim_costs, foreseen
from sweeper.clusters.kubernetes.errands import Errands
from sweeper.clusters.kubernetes.inquiries import Inquiries
from sweeper.clusters.kubernetes.launching import Launching
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.messages import Answered, Around, Events, Inquired, Message, Told
from sweeper.clusters.kubernetes.mirror import PODS, Mirror
from sweeper.clusters.kubernetes.neighbours import Neighbours
from sweeper.clusters.kubernetes.notes import notes, until_read
from sweeper.clusters.kubernetes.ownership import Ownership
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.main_container import began_at, created_at, elapsed
from sweeper.clusters.kubernetes.pods.sightings import SLACK
from sweeper.clusters.kubernetes.pods.waiting import Patience, needs_events
from sweeper.clusters.kubernetes.quotas.throttle import Headroom, Ledger
from sweeper.clusters.kubernetes.room import Room
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.inbox import Inbox
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.kubernetes.watches import Watches
from sweeper.core.errors import BackendError, SupersededError
from sweeper.core.model import Attempt
from sweeper.core.sections import stored
from sweeper.core.settings import Settings

_FORESEE = 5.0


class KubernetesBackend:
    """One controller's hold on the pods of one sweep. `log` gets a record of every change asked for.

    `lease` says on the cluster that we control it, if that may be said; `in_pod` is where pods see a path
    of this machine; `memory_factor` is retry.memory_factor.
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
    ) -> None:
        self.result_grace = settings.result_grace
        self._settings, self._sweep, self._api = settings, sweep, api
        self._patience = Patience.of(settings)
        self._inbox: Inbox[Message] = Inbox()
        self._ledger = Ledger()
        self._mirror = Mirror(self._ledger)
        self._roster = Roster(
            self._mirror, self._ledger, self._patience, settings.avoid_after, Ownership(sweep.id)
        )
        self._room = Room(settings, sweep, in_pod, memory_factor, self._mirror, self._ledger, self._roster)
        self._errands = Errands(api, lambda uid, words: self._inbox.put(Events(uid, words)))
        self._disposal = Disposal(self._errands, settings.keep_pods, log)
        self._launching = Launching(
            api, self._mirror, self._ledger, self._roster, self._room, self._disposal, self._inbox.put, log
        )
        self._neighbours = Neighbours(
            api,
            self._room,
            self._roster,
            self._launching.lane,
            self._inbox.put,
            self._launching.gave_back,
        )
        self._inquiries = Inquiries(api, self._room, self._roster, self._errands, self._inbox.put)
        self._lease = lease
        self._watches = Watches(
            api, sweep.id, self._inbox.put, self._mirror, self._roster, lease, self._errands.stood_still
        )
        self._told = ""
        self._claimed = False

    # What the engine calls -----------------------------------------------------------------------

    def claim(self, *, by_force: bool = False) -> None:
        """Be the sweep's only controller on the cluster, where leases may be used; else SweepHeldError."""
        if self._lease and not self._claimed:
            try:
                self._lease.take(by_force=by_force)
            except (ApiError, Unreachable) as error:
                raise BackendError(f"{self._api.access.identity}: {error}") from error
            self._claimed = True

    def open(self, asked: Asked = dict) -> None:
        """Look at everything once, then keep watching; BackendError where the server does not answer."""
        self.claim()
        self._roster.ownership.asked = asked
        try:
            self._watches.open()
        except (ApiError, Unreachable) as error:
            raise BackendError(f"{self._api.access.identity}: {error}") from error
        wish, user = self._room.wish, self._settings.user or ""
        self._room.learn(wish, foreseen(self._api, wish, self._sweep, user, _FORESEE))
        self._roster.claims = claim_costs(self._api, self._room.example, _FORESEE)
        self._fold_all(self._watches.now())

    def launch(self, order: Order) -> Requested:
        now = self._watches.now()
        self._launching.launch(order, now)
        if self._is_current(now):
            self._launching.send(now)
        return Requested()

    def find(self, order: Order) -> str | None:
        pod = self._roster.find(order.attempt, self._room.pod(order))
        if pod is None:
            self._launching.doubt()
            return None
        uid: str = pod["metadata"]["uid"]
        return uid

    def adopt(self, order: Order, owner: str) -> bool:
        if not claims.is_pod(owner):
            raise claims.unfit(order.attempt, owner, "a pod")
        if owner not in self._mirror.pods:
            self._launching.doubt()
        pod, wall = self._mirror.pods.get(owner, {}), time.time() + self._api.server_ahead
        ran, lived = elapsed(began_at(pod), wall), elapsed(created_at(pod), wall)
        return self._roster.adopt(order, owner, self._watches.now(), ran or 0.0, lived)

    def observe(self) -> View:
        now = self._watches.now()
        self._fold_all(now)
        if self._lease:
            self._lease.beat(now)
            if self._lease.lost:
                raise SupersededError(self._lease.lost)
        if not self._is_current(now):  # nothing is judged by what was seen before a sleep
            slots, pods = self._room.head(now).slots, self._roster.names
            return View(slots=slots, notes=tuple(until_read(self._mirror)), clear=False, pods=pods)
        self._disposal.tidy(self._roster.strays())
        self._neighbours.look(now)
        self._inquiries.look(now)
        self._launching.send(now)
        self._disposal.send(now, busy=bool(self._launching.lane.asking))
        self._launching.send_back_if_blocked(now)
        self._ask_for_reasons(now)
        head = self._room.head(now)
        return View(
            self._roster.sightings(now),
            room=self._launching.offer(head, now),
            slots=head.slots,
            notes=tuple(dict.fromkeys(filter(None, self._notes(head, now)))),
            trouble=self._launching.take_trouble(),
            clear=self._launching.nothing_can_come()
            and self._disposal.is_idle
            and self._errands.is_idle(now),
            shortage="" if self._roster.charges() else _shortage(head),
            pods=self._roster.names,
        )

    def stop(self, attempt: Attempt) -> None:
        tracked = self._roster[attempt]
        tracked.unwanted = True
        if self._launching.lane.give_up(attempt):
            tracked.refused = "it was not needed any more"
        elif self._roster.has_pod(tracked):
            self._disposal.delete(tracked.pod, "stop")

    def remove(self, attempt: Attempt) -> None:
        self._launching.lane.give_up(attempt)
        tracked = self._roster.drop(attempt)
        if self._roster.has_pod(tracked):
            self._disposal.discard(tracked.pod)

    def adjust(self, settings: Settings) -> None:
        """Let the limits in these settings hold from the next look on."""
        pods = stored(KubernetesSettings, {**settings.cluster.data, "volumes": {}})
        self._room.adjust(pods, settings.retry.memory_factor)

    def wait(self, seconds: float) -> None:
        now = self._watches.now()
        if self._lease:
            self._lease.beat(now)  # whoever waits does not hang, be it for a volume
        rest = self._launching.lane.ready_at - now
        meant = min(seconds, rest) if rest > 0 else seconds
        self._inbox.wait(meant)
        self._is_current(self._watches.now(meant))

    def close(self) -> None:
        """Let go of everything. What fails is raised in the end: the next controller must not wait for it."""
        with ExitStack() as leaving:  # the last one is called first
            leaving.callback(self._api.close)
            if self._lease:
                leaving.callback(self._lease.release)
            leaving.callback(self._errands.close)
            leaving.callback(self._disposal.send, boottime())
            leaving.callback(self._neighbours.close)
            leaving.callback(self._inquiries.close)
            leaving.callback(self._launching.lane.close)
            leaving.callback(self._watches.close)

    def _is_current(self, now: float) -> bool:
        """May things be judged and asked for, by what is known now?"""
        found = self._watches.is_current(now)
        if found:
            self._launching.confirm(now)
        return found

    # What came in --------------------------------------------------------------------------------

    def _fold_all(self, now: float) -> None:
        for message in self._inbox.take():
            match message:
                case Answered(attempt, result):
                    self._told = ""
                    self._launching.answered(attempt, result, now)
                case Told(words):
                    self._told = words
                case Around():
                    self._neighbours.take(message, now)
                case Inquired():
                    self._inquiries.take(message)
                case Events(uid, words):
                    tracked = self._roster.by_uid(uid)
                    if tracked:
                        tracked.words = words
                case _:
                    for uid in self._watches.fold(message, now):
                        self._disposal.gone(uid)
                    self._launching.shown()

    def _ask_for_reasons(self, now: float) -> None:
        for tracked in self._roster:
            if tracked.seen and needs_events(tracked.seen.waiting, now, self._patience):
                self._errands.read_events(tracked.uid)

    # What it comes to ----------------------------------------------------------------------------

    def _notes(self, head: Headroom, now: float) -> Iterator[str]:
        yield from (self._lease.remark if self._lease else "", self._room.remark(now))
        if self._told:
            yield self._told
        if not (self._launching.nothing_can_come() or self._roster.charges()):
            yield "looking for a minute whether a pod still turns up that was asked for before"
        if self._launching.lane.waiting:
            yield _shortage(head)
        if not self._mirror.silent.get(PODS):  # else what is to go may be gone long ago
            yield from self._errands.notes(now, self._settings.grace + SLACK)
        yield from notes(self._mirror, self._roster, now)


def _shortage(head: Headroom) -> str:
    return "" if head.room else f"waiting for room: {head.reason}"
