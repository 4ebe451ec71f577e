"""Tracker updates for watch reports and for the deletion of pods; a part of fold.py. Pure."""

from __future__ import annotations

from sweeper.clusters.kubernetes import events
from sweeper.clusters.kubernetes.deletion import Deletion
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.waiting import is_unschedulable
from sweeper.clusters.kubernetes.quotas.quota import Amounts
from sweeper.clusters.kubernetes.raw import TERMINAL, Json, node, phase
from sweeper.clusters.kubernetes.tracked_pod import TrackedPod
from sweeper.clusters.kubernetes.tracker import Tracker


def reported(tracker: Tracker, report: events.Report, now: float) -> None:
    """Update the tracker with a report of a watch; a LIST that was sent before a sleep ended is ignored."""
    if isinstance(report, events.Listed):
        if tracker.wakeup.is_outdated(report.began):
            return
        tracker.wakeup = tracker.wakeup.listed(report.kind)
    for pod, is_gone in tracker.cache.fold(report, now):
        _look(tracker, pod, now, gone=is_gone, missed=is_gone and isinstance(report, events.Listed))


def _look(tracker: Tracker, pod: Json, now: float, *, gone: bool, missed: bool) -> None:
    uid = pod["metadata"]["uid"]
    if gone:
        tracker.deletions.pop(uid, None)
        tracker.kept.discard(uid)
    if (gone or phase(pod) in TERMINAL) and uid in tracker.leaving:
        tracker.pending_charges.released(tracker.leaving.pop(uid), now)
    record = tracker.of(uid) or tracker.asked_for(pod)
    if record:
        take_in(tracker, record, pod, now, gone=gone, missed=missed)


def take_in(tracker: Tracker, record: TrackedPod, pod: Json, now: float, *, gone: bool, missed: bool) -> None:
    """Update the record of an attempt from its pod; for `gone` and `missed` see sightings.observe."""
    tracker.by_uid[pod["metadata"]["uid"]] = record.attempt
    tracker.in_queue = tracker.in_queue or queue_signs.queue_place(pod) is not None
    found = node(pod) and not node(record.pod)
    tracker.unschedulable = not found and (tracker.unschedulable or is_unschedulable(pod))
    before, ran = record.holds, record.seen and record.seen.began
    record.look(pod, now, gone=gone, missed=missed)
    if record.seen and record.seen.began and not ran:
        tracker.elsewhere.began(node(pod))
    if less := _less(before, record.holds):
        tracker.pending_charges.released(less, now)
    if record.unwanted and tracker.has_pod(record):
        delete(tracker, pod, "stop", now)


def _less(before: Amounts, after: Amounts) -> Amounts:
    """Return the decrease of each resource whose amount has decreased."""
    steps = {resource: held - after.get(resource, 0) for resource, held in before.items()}
    return {resource: step for resource, step in steps.items() if step > 0}


def delete(tracker: Tracker, pod: Json, why: str, now: float) -> None:
    """Request the deletion of the pod with this UID, unless that is requested already.

    Args:
        tracker: the tracker.
        pod: the pod.
        why: the reason, for the log: "stop", or "remove" for a pod that is not needed any more.
        now: the time.
    """
    uid, name = pod["metadata"]["uid"], pod["metadata"]["name"]
    yields = why == "remove" and phase(pod) in TERMINAL
    tracker.deletions.setdefault(uid, Deletion(name, now, due=now, why=why, yields=yields))


def discard(tracker: Tracker, pod: Json, now: float) -> None:
    """Delete a pod whose outcome is durable or which has none, unless `keep_pods` keeps it after its end."""
    uid, keep = pod["metadata"]["uid"], tracker.settings.keep_pods
    if uid in tracker.deletions:
        return
    if phase(pod) in TERMINAL and (keep == "always" or (keep == "failed" and phase(pod) == "Failed")):
        tracker.kept.add(uid)
    elif uid not in tracker.kept:
        delete(tracker, pod, "remove", now)


def deletion_answered(
    tracker: Tracker, answer: events.DeletionAgreed | events.DeletionFailed, now: float
) -> None:
    """Update the requested deletion with the server's answer."""
    one = tracker.deletions.get(answer.uid)
    if one is None:
        return  # a watch has already reported that the pod is gone
    match answer:
        case events.DeletionAgreed(uid, is_gone):
            tracker.deletions[uid] = one.agreed(now, is_gone=is_gone)
        case events.DeletionFailed(uid, message, rest, believed_after):
            tracker.deletions[uid] = one.failed(now, rest, message, believed_after=believed_after)
