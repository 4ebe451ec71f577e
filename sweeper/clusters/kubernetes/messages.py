"""Messages for people about the state of the cluster, one line each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sweeper.clusters.kubernetes import capacity
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.sightings import SLACK, stuck
from sweeper.clusters.kubernetes.pods.waiting import WaitKind, waits_for
from sweeper.clusters.kubernetes.quotas.free_capacity import FreeCapacity
from sweeper.clusters.kubernetes.tracked_pod import TrackedPod
from sweeper.clusters.kubernetes.tracker import Tracker

LONG = 30.0
"""Seconds after which a pod that does not start is reported."""

MOST = 3
"""How many pods are named, at most, in the messages of one kind."""


def current_messages(tracker: Tracker, free: FreeCapacity, now: float) -> Iterator[str]:
    """Yield the messages, the most important first; some of them are empty."""
    yield from (capacity.remark(tracker, now), tracker.delay)
    if not (tracker.nothing_can_come(now) or tracker.charges()):
        yield "looking for a minute whether a pod still turns up that was asked for before"
    if tracker.due:
        yield capacity.full_reason(free)
    if not tracker.is_silent:  # without reports, pods may be gone long ago
        after = tracker.settings.grace + SLACK
        yield from sorted(one.describe(now, after) for one in tracker.deletions.values())
    yield from _silent(tracker)
    if tracker.avoided:
        yield f"avoiding {', '.join(tracker.avoided)}, where pods were rejected or could not be started"
    if tracker.in_queue:
        staying = (one for one in tracker if not one.unwanted)
        yield from queue_signs.summarize((one.attempt.trial, one.pod, one.message) for one in staying)
    for record in tracker:
        yield _waits(record, now)
        if not tracker.is_silent:  # as above: it may be gone
            yield _hangs(record, now)
    yield from _foreign(tracker.foreign())
    yield from _taken(tracker.taken)


def until_read(tracker: Tracker) -> Iterator[str]:
    """Yield the messages for the time until the cluster has been read again (see wakeup.py)."""
    yield f"{tracker.wakeup.why}: it reads the cluster again before it decides anything"
    yield from _silent(tracker)


def _silent(tracker: Tracker) -> Iterator[str]:
    yield from (
        f"no word from the cluster: {message}" for message in tracker.cache.silent.values() if message
    )


def _foreign(names: Sequence[str]) -> Iterator[str]:
    text = "this sweep's labels but"
    for name in sorted(names)[:MOST]:
        yield f"pod {name} carries {text} was not made by it; left alone"
    if len(names) > MOST:
        yield f"{len(names) - MOST} more pods carry {text} were not made by it; left alone"


def _taken(names: Sequence[str]) -> Iterator[str]:
    for name in names[-MOST:]:
        yield f"pod {name} was not made by this sweep and is left alone; the attempt gets the next number"


def _waits(record: TrackedPod, now: float) -> str:
    waiting = record.seen.waiting if record.seen else None
    is_long = waiting and waiting.kind is not WaitKind.QUEUE and now - waiting.since > LONG
    return f"trial {record.attempt.trial} waits: {waits_for(record.pod)}" if is_long else ""


def _hangs(record: TrackedPod, now: float) -> str:
    hangs = stuck(record.pod, record.seen, now) if record.seen else ""
    return f"trial {record.attempt.trial}: {hangs}" if hangs else ""
