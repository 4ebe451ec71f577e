"""Decides on actions from the pod tracker and the time. Pure; the tracker is not changed.

An action that is carried out is folded as `Sent` (see fold.py), so that it is not decided again.
"""

from __future__ import annotations

from collections.abc import Iterator

from sweeper.clusters.kubernetes import actions, capacity
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.waiting import needs_events
from sweeper.clusters.kubernetes.tracker import Tracker

HOLD = 10.0
"""Seconds without capacity after which all attempts whose creates wait go back to the engine."""

EVENTS_EVERY = 30.0
"""Seconds between two reads of the events of a pod that does not start."""

LATER = 1.0
"""Seconds to wait after a deletion was noticed, since its events may be written a moment later."""

QUEUES_EVERY = 30.0
"""Seconds between two requests about queues."""

AROUND_FOR = 5.0
"""Seconds for which a listing of who holds GPUs in the namespace is valid."""


def decide(tracker: Tracker, now: float) -> list[actions.Action]:
    """Return all actions that are due, but only the first create: it takes capacity from the next one."""
    creating = creates(tracker, now)
    return [
        *creating,
        *_under_way(tracker),
        *([] if creating else _too_long_without_capacity(tracker, now)),
        *deletions(tracker, now, busy=bool(creating or tracker.sent)),
        *_why_not_started(tracker, now),
        *_who_deleted(tracker, now),
        *_in_queues(tracker, now),
        *([actions.ListPods(now)] if tracker.interest.is_due(now) else []),
    ]


def creates(tracker: Tracker, now: float) -> list[actions.Create]:
    """Return the create to send now, if the tracker shows capacity for its pod; else an empty list."""
    record = next(iter(tracker.due), None)
    if record is None:
        return []
    free = capacity.current(tracker, now, record.expected)
    if free.pods < 1 or not capacity.sendable(tracker, free, now):
        return []
    why = {
        "room": free.pods,
        "ours": capacity.with_gpus(tracker),
        "bounds": dict(free.bounds),
        "alone": free.alone,
        "view": tracker.cache.for_log(),
    }
    return [actions.Create(record.attempt, record.manifest, why)]


def deletions(tracker: Tracker, now: float, *, busy: bool) -> list[actions.Delete]:
    """Return the deletions that are due; while pods are being created (`busy`), ended pods can wait."""
    return [
        actions.Delete(uid, one.name, one.tries)
        for uid, one in tracker.deletions.items()
        if one.is_due(now, busy=busy)
    ]


def _under_way(tracker: Tracker) -> Iterator[actions.Action]:
    """Yield the messages to creates under way: their pod was reported, or is not wanted any more."""
    for record in tracker.sent:
        if record.uid and not record.is_shown:
            yield actions.ShowPod(record.attempt, record.pod)
        if (record.unwanted or record.dropped) and not record.is_given_up:
            yield actions.GiveUp(record.attempt)


def _too_long_without_capacity(tracker: Tracker, now: float) -> Iterator[actions.Action]:
    if now - tracker.blocked_since > HOLD:
        for record in tracker.due:
            yield actions.GiveBack(record.attempt, "there was no room for it after all")


def _why_not_started(tracker: Tracker, now: float) -> Iterator[actions.Action]:
    for record in tracker:
        is_due = now - record.events_at >= EVENTS_EVERY
        if is_due and record.seen and needs_events(record.seen.waiting, now, tracker.timeouts):
            yield actions.ReadEvents(record.uid)


def _who_deleted(tracker: Tracker, now: float) -> Iterator[actions.Action]:
    look_around = now - tracker.around_at >= AROUND_FOR
    for record in tracker:
        inquiry = record.inquiry
        if inquiry is None or inquiry.until is not None or not record.ended_by_deletion:
            continue
        if now - inquiry.noticed >= LATER:
            yield actions.Inquire(record.uid, record.pod, look_around)
            look_around = False


def _in_queues(tracker: Tracker, now: float) -> Iterator[actions.Action]:
    """Ask about the first pod in each queue: its reason for waiting usually holds for the others, too."""
    if not tracker.in_queue or now - tracker.queues_at < QUEUES_EVERY:
        return
    asked: set[queue_signs.QueuePlace] = set()
    for record in tracker:
        place = queue_signs.queue_place(record.pod) if record.pod and not record.unwanted else None
        if place and place not in asked:
            asked.add(place)
            yield actions.AskQueue(record.uid)
