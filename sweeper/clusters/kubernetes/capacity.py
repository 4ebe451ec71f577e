"""How many more pods the namespace has capacity for, and how many creates may be sent now. Pure.

The rules for creates are those of docs/decisions/0005. What a quota allows is counted in quotas/.
"""

from __future__ import annotations

from dataclasses import replace

from sweeper.clusters.kubernetes.cache import QUOTAS
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.queue_signs import QueuePlace
from sweeper.clusters.kubernetes.pods.waiting import waits_for
from sweeper.clusters.kubernetes.quotas.free_capacity import FreeCapacity, free_capacity
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.reserve import is_taken
from sweeper.clusters.kubernetes.raw import Json, node, phase
from sweeper.clusters.kubernetes.refusals import BELIEVED_AFTER, Refusal
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.kubernetes.tracker import Tracker

ALONE = 8
"""How many creates may be under way at once while none fails and the quotas count nobody else's pods.

Otherwise the next create is sent only when all others are answered, so a refusal is known before the next
request. If somebody else takes the capacity first, one create is refused, not a burst; after a refusal,
creates are tried one at a time; and a server in trouble gets fewer requests.
"""

UNKNOWN_QUOTA = 8
"""The maximum number of pods if neither a quota nor a setting nor a queue limits them."""

FIRST, TAKEN = "a first GPU", "the reserve was taken from"


def offer(tracker: Tracker, free: FreeCapacity, now: float) -> int:
    """Return how many attempts the engine may launch now: the create of each is sent at once.

    Pods that the quota has refused are requested again before new attempts are launched.
    """
    return max(0, min(free.pods, sendable(tracker, free, now)) - len(tracker.due))


def sendable(tracker: Tracker, free: FreeCapacity, now: float) -> int:
    """Return how many more creates may be under way now, whether there is capacity for their pods or not."""
    if now < tracker.backoff.ready_at:
        return 0
    sent = tracker.sent
    in_trouble = tracker.backoff.in_a_row or any(one.is_delayed for one in sent)
    return max(0, (ALONE if free.alone and not in_trouble else 1) - len(sent))


def current(tracker: Tracker, now: float, pod: Json | None = None) -> FreeCapacity:
    """Return the free capacity: how many more such pods may be created, and why not more.

    Args:
        tracker: the pod tracker.
        now: the time, on the boot clock.
        pod: the pod as the server will create it; by default a typical pod of the sweep.
    """
    denied = tracker.cache.denied
    if denied and not _is_believed(tracker, now):
        return FreeCapacity(0, 0, f"the quota could not be read yet: {denied.message}", {})
    free = _count(tracker, pod or tracker.typical, now, owed=int(now < tracker.owed_until))
    if tracker.cache.silent.get(QUOTAS):
        free = replace(free, alone=False)  # other members' pods may have been created meanwhile
    if tracker.in_queue:
        free = _queued(tracker, free)
    if not tracker.unschedulable:
        return free
    # A pod without a node holds quota, too: more of them would take it from pods that could run.
    for one in tracker:
        if one.pod and not one.unwanted and _seeks_node(one.pod):
            reason = f"trial {one.attempt.trial} finds no node: {waits_for(one.pod)}"
            return FreeCapacity(0, free.slots, reason, free.bounds)
    return replace(free, pods=min(1, free.pods), alone=False)


def interest(tracker: Tracker, now: float) -> frozenset[str]:
    """The reasons to list all pods of the namespace now; empty if there is none.

    Returns:
        The UIDs of our pods that may have to be given back, with TAKEN if the quotas show that the reserve
        was taken from; or FIRST if only the reserve has capacity for our first GPU.
    """
    pod, own = tracker.typical, policy_of(tracker)
    if not own.reserve:
        return frozenset()
    waiting = frozenset(one.uid for one in tracker if one.can_be_returned)
    if waiting and is_taken(tracker.cache.quotas.values(), pod, own):
        return waiting | {TAKEN}
    if waiting and _took_the_last(tracker, now):
        return waiting
    if with_gpus(tracker) or now < tracker.owed_until or _count(tracker, pod, now, owed=0).pods:
        return frozenset()
    return frozenset({FIRST} if _count(tracker, pod, now, owed=1).pods else ())


def with_gpus(tracker: Tracker) -> int:
    """Return for how many of our pods a quota counts GPUs. A failed pod may count only as an object."""
    gpu = f"requests.{tracker.settings.gpu_resource}"
    return sum(1 for amounts in tracker.charges() if amounts.get(gpu))


def remark(tracker: Tracker, now: float) -> str:
    """Return a message about a quota that we may not read; empty if the quota can be read."""
    denied = tracker.cache.denied
    if not denied or not _is_believed(tracker, now):
        return ""
    few = "" if tracker.settings.max_parallel else f", so at most {UNKNOWN_QUOTA} pods run at once"
    return f"the quota cannot be read{few}: {denied.message}"


def shortage(tracker: Tracker, free: FreeCapacity) -> str:
    """Return why there is no capacity; empty while we hold or request pods and none is unschedulable."""
    return "" if tracker.charges() and not tracker.unschedulable else full_reason(free)


def full_reason(free: FreeCapacity) -> str:
    """Return why there is no capacity; empty if there is some."""
    return "" if free.pods else f"waiting for room: {free.reason}"


def policy_of(tracker: Tracker) -> Policy:
    """How much of the namespace the sweep may take."""
    own = policy(tracker.settings, unknown=tracker.cache.denied is not None)
    return replace(own, claims=tracker.claims)


def policy(settings: KubernetesSettings, *, unknown: bool = False) -> Policy:
    """Return how much of the namespace the sweep may take; `unknown`: the quotas cannot be read.

    If neither a quota nor a setting nor a queue limits the pods, at most UNKNOWN_QUOTA run, since they share
    the nodes with others.
    """
    lacks = "the ResourceQuota cannot be read" if unknown else "no ResourceQuota limits these pods"
    return Policy(
        gpu=f"requests.{settings.gpu_resource}",
        reserve=settings.reserve,
        max_gpus=settings.max_gpus,
        max_parallel=settings.max_parallel,
        fallback=UNKNOWN_QUOTA,
        why=f"{lacks}, so at most {UNKNOWN_QUOTA} run at once; cluster.max_parallel sets another number",
    )


def _is_believed(tracker: Tracker, now: float) -> bool:
    """Return True if a denial to read quotas has lasted: a server that just started denies everything."""
    denied = tracker.cache.denied
    return denied is not None and now - denied.since >= BELIEVED_AFTER[Refusal.DENIED]


def _took_the_last(tracker: Tracker, now: float) -> bool:
    """Return True if we took the last capacity before the reserve, and another member may have taken it, too.

    After two simultaneous creates, the usage in a quota's status can be too low for minutes.
    """
    left = _count(tracker, tracker.typical, now, owed=0)
    return left.pods < 1 and not left.alone


def _count(tracker: Tracker, pod: Json, now: float, *, owed: int) -> FreeCapacity:
    quotas = tracker.cache.quotas
    unshown = {name: tracker.pending_charges.unshown(name, now) for name in quotas}
    own = replace(policy_of(tracker), owed=owed)
    if tracker.in_queue:
        own = replace(own, fallback=None)
    return free_capacity(quotas.values(), pod, tracker.charges(), unshown, own)


def _queued(tracker: Tracker, free: FreeCapacity) -> FreeCapacity:
    """The free capacity, lowered so that not too many pods wait in the queue.

    Every requested pod that has not been seen yet counts as waiting.
    """
    waiting = _places(tracker)
    most = queue_signs.may_wait(sum(one.runs for one in tracker))
    left = max(0, most - len(waiting) - len(tracker.unseen))
    if left >= free.pods:
        return free
    reason = f"{len(waiting)} pods wait in {waiting[0]}" if waiting else "pods are asked for in a queue"
    slots, bounds = free.slots - free.pods + left, {**free.bounds, "queue": left}
    return replace(free, pods=left, slots=slots, reason=reason, bounds=bounds)


def _places(tracker: Tracker) -> list[QueuePlace]:
    """Return the queue place of each of our pods that waits in a queue."""
    found = (queue_signs.queue_place(one.pod) for one in tracker if one.pod and not one.unwanted)
    return [place for place in found if place]


def _seeks_node(pod: Json) -> bool:
    return phase(pod) == "Pending" and not node(pod) and not queue_signs.queue_place(pod)
