"""What the server is asked about our pods on the side: who deleted one, and what a queue says of one.

What follows from the answers is decided in pods/deleted.py, quotas/share.py and pods/queues.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sweeper.clusters.kubernetes.errands import Errands
from sweeper.clusters.kubernetes.messages import Events, Inquired
from sweeper.clusters.kubernetes.pods import queues
from sweeper.clusters.kubernetes.pods.deleted import Inquiry, judge
from sweeper.clusters.kubernetes.quotas.reserve import Holder, holders
from sweeper.clusters.kubernetes.quotas.share import above_share, full
from sweeper.clusters.kubernetes.raw import Json, parts
from sweeper.clusters.kubernetes.room import Room
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.server.api import Api, all_pods
from sweeper.clusters.kubernetes.server.workers import Workers
from sweeper.clusters.kubernetes.tracked import Tracked

RECENT = 10.0
"""A quota that was full so many seconds ago was full when the deletion was asked for."""

LATER = 1.0
"""Events may be written a moment after the deletion that they tell of."""

PATIENCE = 5.0
"""For so many seconds an answer is waited for before the end of a deleted pod is believed without it."""

QUEUES_EVERY = 30.0
"""Seconds between two questions to a queue."""

AROUND_FOR = 5.0
"""For so many seconds a look at all pods of the namespace holds."""


class Inquiries:
    """Used by the engine's thread; `tell` is called in another."""

    def __init__(
        self,
        api: Api,
        room: Room,
        roster: Roster,
        errands: Errands,
        tell: Callable[[Events | Inquired], None],
    ) -> None:
        self._api, self._room, self._roster, self._errands = api, room, roster, errands
        self._tell = tell
        self._full, self._full_at = "", 0.0
        self._found: list[Holder] | None = None
        self._listed_at = self._queues_at = float("-inf")
        self._workers = Workers(1, "inquiries")

    def look(self, now: float) -> None:
        """Notice what has been deleted, and ask what is due."""
        if words := full(self._room.quotas, self._room.example):
            self._full, self._full_at = words, now
        for tracked in self._roster:
            self._notice(tracked, now)
        if now - self._queues_at >= QUEUES_EVERY:
            self._ask_queues(now)

    def take(self, answer: Inquired) -> None:
        """Judge a deletion by what the server tells of it."""
        if answer.pods is not None:
            self._found = holders(answer.pods, self._room.manners.gpu)
        tracked = self._roster.by_uid(answer.uid)
        if tracked is None or tracked.inquiry is None:
            return
        above = above_share(self._found or (), tracked.pod, self._room.quotas, self._room.manners)
        queued = queues.takes_away(tracked.pod)
        tracked.inquiry.verdict = judge(answer.events, tracked.inquiry.full, above, is_queued=queued)

    def close(self) -> None:
        """Wait for nothing."""
        self._workers.close()

    def _notice(self, tracked: Tracked, now: float) -> None:
        if not tracked.was_deleted:
            return
        if tracked.unwanted or tracked.uid in self._errands.deleting:
            tracked.inquiry = None  # it was we who deleted it
            return
        if tracked.inquiry is None:
            is_full = self._full and now - self._full_at <= RECENT
            tracked.inquiry = Inquiry(now, self._full if is_full else "")
        inquiry = tracked.inquiry
        if inquiry.until is None and tracked.ended_by_deletion and now - inquiry.noticed >= LATER:
            inquiry.until = now + PATIENCE
            look_around = now - self._listed_at >= AROUND_FOR
            self._listed_at = now if look_around else self._listed_at
            self._workers.submit(partial(self._ask, tracked.uid, tracked.pod, look_around))

    def _ask(self, uid: str, pod: Json, look_around: bool) -> None:
        try:
            events = [*self._events(f"involvedObject.uid={uid}")]
            if group := queues.group_of(pod):
                events += self._events(f"involvedObject.kind=PodGroup,involvedObject.name={group}")
            found: tuple[Json, ...] | None = tuple(events)
        except Exception:  # noqa: BLE001  # without an answer the deletion is judged by what else is known
            found = None
        self._tell(Inquired(uid, found, self._around() if look_around else None))

    def _around(self) -> tuple[Json, ...]:
        try:
            return all_pods(self._api)
        except Exception:  # noqa: BLE001  # as above; what an earlier look found holds no longer
            return ()

    def _ask_queues(self, now: float) -> None:
        """Ask on behalf of the first pod in each queue: what holds it up holds the others up, too."""
        asked: set[queues.Place] = set()
        for tracked in self._roster:
            place = queues.place(tracked.pod) if tracked.pod and not tracked.unwanted else None
            if place and place not in asked:
                asked.add(place)
                self._queues_at = now
                self._workers.submit(partial(self._ask_queue, tracked.uid))

    def _ask_queue(self, uid: str) -> None:
        try:
            events = self._events(f"involvedObject.uid={uid}")
            if workload := queues.workload_of(events):
                events = self._events(f"involvedObject.kind=Workload,involvedObject.name={workload}")
            self._tell(Events(uid, queues.last_words(events)))
        except Exception:  # noqa: BLE001  # its pod says at least that it waits; the next question is due soon
            return

    def _events(self, selector: str) -> list[Json]:
        return [
            dict(one)
            for one in parts(self._api.get(self._api.path("events"), fieldSelector=selector), "items")
        ]
