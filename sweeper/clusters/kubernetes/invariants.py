"""Invariants of the tracker, checked after every fold. Pure; the time grows with the live attempts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sweeper.clusters.kubernetes.tracked_pod import Stage, TrackedPod
from sweeper.clusters.kubernetes.tracker import Tracker


def validate(tracker: Tracker) -> list[str]:
    """Return a message for each invariant that does not hold."""
    records = tracker.records.values()
    found = [f"{one.name}: {message}" for one in records for message in _record(tracker, one)]
    return [*found, *_index(tracker), *_charges(tracker), *_deletions(tracker), *_blocked(tracker)]


def _record(tracker: Tracker, one: TrackedPod) -> Iterator[str]:
    if one.refused and one.uid:
        yield "it was refused and has a pod"
    if one.refused and one.stage is not Stage.SETTLED:
        yield "it was refused and is asked for"
    if one.stage is Stage.DUE and one.uid:
        yield "its create is to be sent although it has a pod"
    if one.stage is Stage.DUE and one.unwanted:
        yield "its create is to be sent although it is to end"
    if one.dropped and one.stage is not Stage.SENT:
        yield "it was dropped, and nothing is awaited for it"
    if one.uid and not one.dropped and tracker.by_uid.get(one.uid) != one.attempt:
        yield "its pod is not in the index"
    if one.holds and not (one.dropped or tracker.has_pod(one)):
        yield "it holds quota without a pod"


def _index(tracker: Tracker) -> Iterator[str]:
    for uid, attempt in tracker.by_uid.items():
        one = tracker.records.get(attempt)
        if one is None or one.dropped or one.uid != uid:
            yield f"the pod {uid} is in the index as that of {attempt}"
    for uid in tracker.leaving:
        if uid in tracker.by_uid or uid not in tracker.cache.pods:
            yield f"the pod {uid} is charged as one that is leaving"


def _charges(tracker: Tracker) -> Iterator[str]:
    """A create is charged from when it is sent until it is answered."""
    sent = {one.name for one in tracker.sent}
    charged = tracker.pending_charges.in_flight
    yield from (f"{name}: it is charged, and not asked for" for name in sorted(charged - sent))
    yield from (f"{name}: it is asked for, and not charged" for name in sorted(sent - charged))


def _deletions(tracker: Tracker) -> Iterator[str]:
    for uid, one in tracker.deletions.items():
        if uid not in tracker.cache.pods:
            yield f"the pod {one.name} is to be deleted, and there is none"
        elif uid in tracker.kept:
            yield f"the pod {one.name} is kept and to be deleted"
        elif not (uid in tracker.by_uid or tracker.ownership.is_ours(tracker.cache.pods[uid], tracker.known)):
            yield f"the pod {one.name} is to be deleted, and is not ours"


def _blocked(tracker: Tracker) -> Iterator[str]:
    is_blocked = bool(tracker.due) and not tracker.sent
    if is_blocked != math.isfinite(tracker.blocked_since):
        yield f"blocked since {tracker.blocked_since}"
