"""Attempts whose pods are asked for: when the next request is sent, and what its answer means."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from sweeper.clusters.base import Order
from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes import create
from sweeper.clusters.kubernetes.disposal import Disposal, Log
from sweeper.clusters.kubernetes.lane import Lane
from sweeper.clusters.kubernetes.messages import Answered, Told
from sweeper.clusters.kubernetes.mirror import Mirror
from sweeper.clusters.kubernetes.quotas import quota
from sweeper.clusters.kubernetes.quotas.throttle import Headroom, Ledger
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.room import Room
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.server.patience import LATE
from sweeper.clusters.kubernetes.tracked import Tracked
from sweeper.core.model import Attempt

HOLD = 10.0
"""Seconds without room after which what was asked for goes back to the queue."""

CONFIRMED = 5.0
"""Seconds for which a create may be sent after the engine has found that the sweep is still ours.

A machine that wakes after another host has taken the sweep over must not send what it was about to send:
the other looks for late pods only for LATE, this and the server's own limit together.
"""

MOST_WAITING = 32
"""So many attempts may wait for their pod to be created; the engine's queue holds the others."""


class Launching:
    """Used by the engine's thread; `tell` is called in others. `log` gets a record of every create.

    `lane` has the requests that wait and those that are under way.
    """

    def __init__(
        self,
        api: Api,
        mirror: Mirror,
        ledger: Ledger,
        roster: Roster,
        room: Room,
        disposal: Disposal,
        tell: Callable[[Answered | Told], None],
        log: Log,
    ) -> None:
        self.lane = Lane(lambda attempt, result: tell(Answered(attempt, result)))
        self._api, self._mirror, self._ledger = api, mirror, ledger
        self._roster, self._room, self._disposal = roster, room, disposal
        self._tell, self._log = tell, log
        self._under_way: dict[Attempt, Tracked] = {}
        self._trouble = ""
        self._doubtful_until = 0.0
        self._blocked_since = math.inf
        self._confirmed_at = -math.inf

    def confirm(self, now: float) -> None:
        """The engine turns, what it knows is no older than the last sleep, and the sweep is ours."""
        self._confirmed_at = now

    def launch(self, order: Order, now: float) -> None:
        """Have a pod made for an attempt by the next `send` for which there is room."""
        wish = self._room.pod(order)
        self._roster.follow(order, wish, now, self._room.counted(wish))
        self.lane.waiting.append(order.attempt)

    def send(self, now: float) -> None:
        """Ask for pods for as long as the view that we have shows room for the next one."""
        while self.lane.waiting:
            tracked = self._roster[self.lane.waiting[0]]
            head = self._room.head(now, tracked.wish)
            if head.room < 1 or not self.lane.is_ready(now, alone=head.alone):
                break
            self._ask(tracked, head, now)
        is_blocked = self.lane.waiting and not self.lane.asking
        self._blocked_since = min(self._blocked_since, now) if is_blocked else math.inf

    def send_back_if_blocked(self, now: float) -> None:
        """What has found no room for long goes back to the engine's queue."""
        if now - self._blocked_since > HOLD:
            self._send_back("there was no room for it after all")

    def offer(self, head: Headroom, now: float) -> int:
        """For how many attempts the engine may ask now."""
        if now < self.lane.ready_at:
            return 0
        return max(0, min(head.room, MOST_WAITING) - len(self.lane.waiting))

    def doubt(self) -> None:
        """A pod that an earlier controller has asked for may still be created late."""
        self._doubtful_until = time.monotonic() + LATE

    def nothing_can_come(self) -> bool:
        """Can no request any more make a pod?"""
        # By the time awake: what a machine had not sent when it fell asleep is sent when it wakes.
        return not self._under_way and time.monotonic() >= self._doubtful_until

    def shown(self) -> None:
        """Where a watch has shown a pod that is being asked for, nothing more need be sent for it."""
        for attempt, tracked in self._under_way.items():
            if tracked.uid:
                self.lane.shown(attempt, tracked.pod)

    def answered(self, attempt: Attempt, result: create.Result, now: float) -> None:
        """A request has come to its end."""
        self._roster.asked.discard(attempt)
        tracked = self._under_way.pop(attempt)
        match result:
            case create.Created(pod, late_until):
                self.lane.granted(attempt)
                self._doubtful_until = max(self._doubtful_until, late_until)
                self._created(tracked, pod, now)
            case create.Full(words):
                self._full(tracked, words, now)
            case create.Refused():
                self.lane.refused(attempt)
                self._doubtful_until = max(self._doubtful_until, result.late_until)
                self._refused(tracked, result)

    def take_trouble(self) -> str:
        """Why no pod of this sweep will ever be created, if the server said so. Told once."""
        trouble, self._trouble = self._trouble, ""  # the journal keeps a pause, and people end it
        return trouble

    def gave_back(self, tracked: Tracked, words: str) -> None:
        """Its pod goes back before it ran (see quotas/reserve.py)."""
        self._note("give back", tracked, uid=tracked.uid, words=words)

    def _created(self, tracked: Tracked, pod: Json, now: float) -> None:
        self._ledger.created(tracked.name, quota.charge(pod, tracked.claims), now)
        self._room.learn(tracked.wish, pod)
        if self._roster.follows(tracked):
            self._roster.created(tracked, pod, now)
            if tracked.unwanted and self._roster.has_pod(tracked):
                self._disposal.delete(tracked.pod, "stop")
        # Else it was seen to its end before the answer came, and `remove` has seen to its pod.
        self._note("created", tracked, uid=pod["metadata"]["uid"])

    def _full(self, tracked: Tracked, words: str, now: float) -> None:
        attempt = tracked.order.attempt
        self._ledger.dropped(tracked.name)
        self._note("full", tracked, words=words, rest=self.lane.full(attempt, now))
        if tracked.unwanted or not self._roster.follows(tracked):
            tracked.refused = words
        else:
            self.lane.waiting.appendleft(attempt)

    def _refused(self, tracked: Tracked, result: create.Refused) -> None:
        if result.taken:
            self._roster.taken.append(tracked.name)
        self._ledger.dropped(tracked.name)
        self._note("refused", tracked, words=result.words)
        tracked.refused = result.words
        if result.for_good:
            self._trouble = result.words
            self._send_back(result.words)

    def _ask(self, tracked: Tracked, head: Headroom, now: float) -> None:
        attempt, ours = self.lane.waiting.popleft(), self._room.with_gpus
        self._roster.asked.add(attempt)
        self._under_way[attempt] = tracked
        self._ledger.ask(tracked.name, tracked.hoped, now)
        self._note(
            "create",
            tracked,
            room=head.room,
            ours=ours,
            bounds=dict(head.bounds),
            alone=head.alone,
            view=self._mirror.spelled(),
        )
        creation = create.Creation(
            self._api,
            tracked.wish,
            lambda words: self._tell(Told(words)),
            self._roster.ownership.requests,
            self._is_confirmed,
        )
        self.lane.send(attempt, creation)

    def _is_confirmed(self) -> bool:
        """Asked in the threads that create."""
        return boottime() - self._confirmed_at <= CONFIRMED

    def _send_back(self, words: str) -> None:
        """What was asked for and not sent yet goes back to the engine's queue."""
        while self.lane.waiting:
            self._roster[self.lane.waiting.popleft()].refused = words

    def _note(self, did: str, tracked: Tracked, **facts: Any) -> None:
        self._log({"at": time.time(), "did": did, "pod": tracked.name, **facts})
