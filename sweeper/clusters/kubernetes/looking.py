"""Tracker updates for engine polls, pod listings and deletion inquiries; a part of fold.py. Pure.

A poll records what changes with time alone, for example that a pod has waited for too long.
"""

from __future__ import annotations

from dataclasses import replace

from sweeper.clusters.kubernetes import capacity
from sweeper.clusters.kubernetes.events import Inquired, PodsListed
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.deleted import Inquiry, judge
from sweeper.clusters.kubernetes.pods.elsewhere import avoided_by
from sweeper.clusters.kubernetes.pods.waiting import Timeouts, WaitKind
from sweeper.clusters.kubernetes.quotas.reserve import holders, member_of, owed, to_give_back
from sweeper.clusters.kubernetes.quotas.share import above_share, full
from sweeper.clusters.kubernetes.raw import phase
from sweeper.clusters.kubernetes.tracked_pod import TrackedPod
from sweeper.clusters.kubernetes.tracker import Tracker, WasFull
from sweeper.core.formatting import listed
from sweeper.core.model import Cause, Phase, Sighting

RECENT = 10.0
"""A quota that was full at most so many seconds ago counts as full at the time of a deletion."""

FRESH = 20.0
"""Seconds for which a first GPU is owed to us after a listing in which our member holds no GPU."""

STALE = 60.0
"""Seconds after which an answer is outdated, because the machine slept during the request."""


def looked(tracker: Tracker, now: float) -> None:
    """Update the tracker for a poll of the engine."""
    tracker.interest = tracker.interest.heeding(capacity.interest(tracker, now), now)
    if message := full(tracker.cache.quotas.values(), tracker.typical):
        tracker.was_full = WasFull(message, now)
    for record in tracker:
        _notice_deletion(tracker, record, now)
    tracker.sightings = {record.attempt: _sighting(tracker, record, now) for record in tracker}


def pods_listed(tracker: Tracker, event: PodsListed, now: float) -> None:
    """Check, with all pods of the namespace, if a first GPU is owed to us or pods are to be given back."""
    tracker.interest = tracker.interest.looked()
    if event.pods is None or now - event.began > STALE:
        return
    policy = capacity.policy_of(tracker)
    found = holders(event.pods, policy.gpu)
    if owed(found, member_of(tracker.typical)):
        tracker.owed_until = event.began + FRESH
    returned = to_give_back(found, tracker.cache.quotas.values(), tracker.sweep_id, policy)
    for uid, message in returned.items():
        record = tracker.of(uid)
        if record and phase(record.pod) == "Pending" and not (record.unwanted or record.returned):
            record.returned = message
            tracker.backoff.gave_back(now)
            tracker.log_action("give back", record, uid=uid, words=message)


def inquired(tracker: Tracker, answer: Inquired) -> None:
    """Judge a deletion by the server's answer to the inquiry about it."""
    policy = capacity.policy_of(tracker)
    if answer.pods is not None:
        tracker.around = holders(answer.pods, policy.gpu)
    record = tracker.of(answer.uid)
    if record is None or record.inquiry is None:
        return
    above = above_share(tracker.around, record.pod, tracker.cache.quotas.values(), policy)
    queued = queue_signs.takes_away(record.pod)
    record.inquiry.verdict = judge(answer.events, record.inquiry.full, above, is_queued=queued)


def _notice_deletion(tracker: Tracker, record: TrackedPod, now: float) -> None:
    if not record.was_deleted:
        return
    if record.unwanted or record.uid in tracker.deletions:
        record.inquiry = None  # this controller deleted it
    elif record.inquiry is None:
        is_full = now - tracker.was_full.at <= RECENT
        record.inquiry = Inquiry(now, tracker.was_full.message if is_full else "")


def _sighting(tracker: Tracker, record: TrackedPod, now: float) -> Sighting:
    timeouts = _timeouts(tracker, record)
    found = record.sighting(now, timeouts)
    if record.seen:
        found = tracker.elsewhere.judge(found, record.pod, record.seen.waiting, now, timeouts)
    if found.phase is Phase.ENDED and found.cause is Cause.REJECTED and not record.counted:
        record.counted = True
        tracker.rejections[found.node] += 1
    if found.cause is Cause.UNSCHEDULABLE:
        tracker.rejections.clear()  # perhaps only the avoided nodes would fit
        if timeouts is not tracker.timeouts:
            shut_out = f"it avoids {listed(sorted(avoided_by(record.pod)))}, and no other node is known"
            found = replace(found, message=f"{found.message}; {shut_out}")
    return found


def _timeouts(tracker: Tracker, record: TrackedPod) -> Timeouts:
    waiting = record.seen and record.seen.waiting
    if waiting and waiting.kind is WaitKind.QUEUE and tracker.elsewhere.shuts_out(record.pod):
        return replace(tracker.timeouts, queue_after=tracker.timeouts.unschedulable_after)
    return tracker.timeouts
