"""The fold: how each event changes the pod tracker. Deterministic: no clock, no I/O, no threads. Pure.

Folding is the only way to change a tracker, so the same events at the same times lead to the same decisions
(see decide.py).
"""

from __future__ import annotations

import math
from dataclasses import replace

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes import actions, events
from sweeper.clusters.kubernetes.cache import PODS, QUOTAS
from sweeper.clusters.kubernetes.looking import inquired, looked, pods_listed
from sweeper.clusters.kubernetes.pod_reports import delete, deletion_answered, discard, reported, take_in
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.quotas.admitted import teaches
from sweeper.clusters.kubernetes.quotas.quota import charge
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.tracked_pod import Stage, TrackedPod
from sweeper.clusters.kubernetes.tracker import Example, Tracker
from sweeper.clusters.kubernetes.wakeup import Wakeup
from sweeper.core.model import Attempt

INQUIRY = 5.0
"""Seconds to wait for the answer to an inquiry before a deleted pod counts as ended without it."""


def fold(tracker: Tracker, event: events.BackendEvent, now: float) -> None:
    """Update the tracker with an event; `now` is on the boot clock, in seconds."""
    match event:
        case events.Listed() | events.ItemChanged() | events.Silent():
            reported(tracker, event, now)
        case events.Answered(attempt, result):
            _answer(tracker, attempt, result, now)
        case events.Delayed(attempt, message):
            tracker.delay, tracker[attempt].is_delayed = message, True
        case events.DeletionAgreed() | events.DeletionFailed():
            deletion_answered(tracker, event, now)
        case events.EventsRead(uid, message):
            if record := tracker.of(uid):
                record.message = message
        case events.PodsListed():
            pods_listed(tracker, event, now)
        case events.Inquired():
            inquired(tracker, event)
        case events.Looked():
            tracker.trouble = ""  # it was reported: the journal keeps a pause, and people end it
            for pod in tracker.strays():
                discard(tracker, pod, now)
            looked(tracker, now)
        case events.Sent(action):
            _sent(tracker, action, now)
        case events.Ordered(order, manifest):
            _order(tracker, order, manifest, now)
        case events.Adopted():
            _adopt(tracker, event, now)
        case events.Unwanted(attempt):
            _unwant(tracker, tracker[attempt], now)
        case events.Dropped(attempt):
            _drop(tracker, tracker[attempt], now)
        case events.Slept():
            _sleep(tracker, event, now)
        case events.Contradicted(has_lease):
            _read_again(tracker, now, has_lease, "this controller's view of its pods contradicts itself")
        case events.LeaseRenewed(at):
            tracker.wakeup = tracker.wakeup.renewed(at)
        case events.Doubted(seconds):
            tracker.doubtful_until = max(tracker.doubtful_until, now + seconds)
        case events.Foreseen(pod, claims):
            _learn(tracker, tracker.ordinary, pod)
            tracker.claims = claims
        case events.Limited(settings):
            limits = {key: getattr(settings, key) for key in ("max_parallel", "max_gpus", "reserve")}
            tracker.settings = replace(tracker.settings, **limits)
    if isinstance(event, events.Answered | events.Ordered | events.Unwanted | events.Dropped | events.Sent):
        is_blocked = bool(tracker.due) and not tracker.sent
        tracker.blocked_since = min(tracker.blocked_since, now) if is_blocked else math.inf


# Results of creates --------------------------------------------------------------------------------


def _answer(tracker: Tracker, attempt: Attempt, result: events.Result, now: float) -> None:
    record = tracker[attempt]
    record.stage, tracker.delay = Stage.SETTLED, ""
    match result:
        case events.Created(pod, late):
            _created(tracker, record, pod, now)
            tracker.doubtful_until = max(tracker.doubtful_until, now + late)
        case events.Full(message):
            tracker.pending_charges.dropped(record.name)
            tracker.log_action("full", record, words=message, rest=tracker.backoff.full(record.heard, now))
            if record.unwanted:
                record.refused = message
            else:
                record.stage = Stage.DUE
        case events.Refused():
            _refused(tracker, record, result)
            tracker.doubtful_until = max(tracker.doubtful_until, now + result.late)
    if record.uid:  # a watch was faster, or a create in doubt was carried out after all: there is a pod
        record.stage, record.refused = Stage.SETTLED, ""
    if record.dropped:  # the attempt was dropped before the answer came
        del tracker.records[attempt]


def _created(tracker: Tracker, record: TrackedPod, pod: Json, now: float) -> None:
    tracker.pending_charges.created(record.name, charge(pod, record.claims), now)
    tracker.backoff.granted()
    if teaches(record.manifest, pod, *tracker.example):
        _learn(tracker, record.manifest, pod)
    tracker.log_action("created", record, uid=pod["metadata"]["uid"])
    if not (record.uid or record.dropped):
        tracker.cache.write(pod, now)
        take_in(tracker, record, pod, now, gone=False, missed=False)


def _refused(tracker: Tracker, record: TrackedPod, result: events.Refused) -> None:
    if result.taken:
        tracker.taken.append(record.name)
    tracker.pending_charges.dropped(record.name)
    tracker.log_action("refused", record, words=result.message)
    record.refused = result.message
    if result.for_good:
        tracker.trouble = result.message
        for other in tracker.due:
            _give_back(other, result.message)


def _give_back(record: TrackedPod, message: str) -> None:
    """Leave the attempt to the engine, which may launch it again later."""
    record.stage, record.refused = Stage.SETTLED, message


def _learn(tracker: Tracker, asked: Json, got: Json) -> None:
    """Remember what the server makes of a requested pod, and count the next pods in the same way."""
    tracker.example = Example(asked, got)
    tracker.typical = tracker.counted(tracker.ordinary)
    for record in tracker.due:
        tracker.expect(record)


# Orders of the engine ------------------------------------------------------------------------------


def _order(tracker: Tracker, order: Order, manifest: Json, now: float) -> None:
    record = TrackedPod(order, now, manifest, stage=Stage.DUE, claims=tracker.claims)
    tracker.records[order.attempt] = record
    tracker.expect(record)


def _adopt(tracker: Tracker, event: events.Adopted, now: float) -> None:
    order, uid = event.order, event.uid
    record = tracker.records[order.attempt] = TrackedPod(order, now, {}, claims=tracker.claims)
    tracker.by_uid[uid] = order.attempt
    pod = tracker.cache.pods.get(uid)
    gone = pod is None
    tracker.in_queue = tracker.in_queue or (pod is not None and queue_signs.queue_place(pod) is not None)
    record.look(
        pod or {"metadata": {"uid": uid}}, now, gone=gone, missed=gone, age=event.ran, lived=event.lived
    )


def _unwant(tracker: Tracker, record: TrackedPod, now: float) -> None:
    record.unwanted = True
    if record.stage is Stage.DUE:
        record.stage, record.refused = Stage.SETTLED, "it was not needed any more"
    elif tracker.has_pod(record):
        delete(tracker, record.pod, "stop", now)


def _drop(tracker: Tracker, record: TrackedPod, now: float) -> None:
    tracker.by_uid.pop(record.uid, None)
    tracker.ownership.drop(record.attempt, record.uid, record.pod)
    if tracker.has_pod(record):
        if record.seen and not record.seen.released:
            tracker.leaving[record.uid] = record.holds
        discard(tracker, record.pod, now)
    if record.stage is Stage.SENT:
        record.dropped = True
    else:
        del tracker.records[record.attempt]


def _sleep(tracker: Tracker, event: events.Slept, now: float) -> None:
    """Require that the cluster is read again, and extend running time limits by the time asleep."""
    _read_again(tracker, now, event.has_lease, "this controller stood still for a while")
    tracker.cache.stood_still(event.seconds)
    for record in tracker:
        record.stood_still(event.seconds)
    tracker.deletions = {uid: one.stood_still(event.seconds) for uid, one in tracker.deletions.items()}
    # What a machine had not sent when it fell asleep is sent when it wakes.
    tracker.doubtful_until += event.seconds


def _read_again(tracker: Tracker, now: float, has_lease: bool, why: str) -> None:
    """Prevent decisions until the cluster has been read again."""
    kinds = {PODS} if tracker.cache.denied else {PODS, QUOTAS}
    tracker.wakeup = Wakeup.now(now, kinds, PODS, has_lease=has_lease, why=why)


# Actions that are carried out ----------------------------------------------------------------------


def _sent(tracker: Tracker, action: actions.Action, now: float) -> None:
    match action:
        case actions.Create(attempt, _, why):
            record = tracker[attempt]
            record.stage, record.heard = Stage.SENT, tracker.backoff.heard
            record.is_delayed = record.is_shown = record.is_given_up = False
            tracker.pending_charges.ask(record.name, record.hoped, now)
            tracker.log_action("create", record, **why)
        case actions.ShowPod(attempt):
            tracker[attempt].is_shown = True
        case actions.GiveUp(attempt):
            tracker[attempt].is_given_up = True
        case actions.GiveBack(attempt, message):
            _give_back(tracker[attempt], message)
        case actions.Delete(uid, name, tries):
            one = tracker.deletions[uid]
            tracker.deletions[uid] = one.asked()
            if tries == 1:
                tracker.log.append({"did": "delete", "pod": name, "uid": uid, "why": one.why})
        case actions.Inquire(uid, _, look_around):
            record = tracker.records[tracker.by_uid[uid]]
            if record.inquiry:
                record.inquiry.until = now + INQUIRY
            tracker.around_at = now if look_around else tracker.around_at
        case actions.ReadEvents(uid):
            tracker.records[tracker.by_uid[uid]].events_at = now
        case actions.AskQueue():
            tracker.queues_at = now
        case actions.ListPods():
            tracker.interest = tracker.interest.looking(now)
