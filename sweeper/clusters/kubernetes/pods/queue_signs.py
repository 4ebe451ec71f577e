"""Detects that a pod waits in a queue, or that a queueing system has preempted it. Pure.

A pod in a queue has been accepted by the cluster and waits for its turn, for any length of time. The API
server charges it to a ResourceQuota nevertheless: a quota excludes only pods that have ended or whose
deletion is overdue (Kubernetes, pkg/quota/v1/evaluator/core/pods.go, QuotaV1Pod).

Where the gates and the conditions come from (for labels and schedulers see queue_kinds.py):
    gates    Kubernetes, Concepts, Pod Scheduling Readiness; KEP-3521
    Kueue    Troubleshooting Pods; pkg/controller/jobs/pod/pod_controller.go
    KAI      pkg/scheduler/cache/evictor/default_evictor.go; status_updater/default_status_updater.go
    Volcano  pkg/scheduler/cache/cache.go, defaultEvictor
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sweeper.clusters.kubernetes.queue_kinds import KINDS, KUEUE, QueueKind
from sweeper.clusters.kubernetes.raw import Raw, condition, line, node, part, parts, phase, text
from sweeper.core.formatting import indexes
from sweeper.core.patterns import lazy

FEWEST = 8
"""How many pods may always wait in a queue at once, however few run."""

_KUEUE_GATES = "kueue.x-k8s.io/"
_GATED = "SchedulingGated"
_ORDINARY = ("", "default-scheduler")
_WORKLOAD = lazy(r"Created Workload: [^/ ]+/(\S+)")
_WAITS = ("Pending", "Inadmissible", "Unschedulable", "NotReady")
_NO_MESSAGE = "it has not been admitted yet"


class QueuePlace(NamedTuple):
    """The queueing system and the queue that a pod waits in; each is empty if the pod does not show it."""

    kind: str
    queue: str

    def __str__(self) -> str:
        name = f"queue {self.queue}" if self.queue else "a queue"
        return f"{name} ({self.kind})" if self.kind else name


def queue_place(pod: Raw) -> QueuePlace | None:
    """Return the queue that a pod waits in; None if it waits in none, or not any more."""
    if node(pod) or phase(pod) not in ("", "Pending"):
        return None
    spec = part(pod, "spec")
    gates = [text(gate, "name") for gate in parts(spec, "schedulingGates")]
    is_gated = bool(gates) or text(condition(pod, "PodScheduled"), "reason") == _GATED
    # Kueue removes its gate when it admits the pod. The other systems bind the pod to a node themselves, so a
    # pod of the default scheduler is in none of their queues, whatever its labels are.
    if not is_gated and text(spec, "schedulerName") in _ORDINARY:
        return None
    named = _named(pod)
    if any(gate.startswith(_KUEUE_GATES) for gate in gates):
        return QueuePlace(KUEUE.title, named.get(KUEUE, ""))
    if is_gated:
        return next((QueuePlace(kind.title, queue) for kind, queue in named.items()), QueuePlace("", ""))
    return next((QueuePlace(kind.title, queue) for kind, queue in named.items() if kind.scheduler), None)


def why_waiting(pod: Raw) -> str:
    """Return why a pod in a queue waits: its scheduler's message, or else the gates that it has."""
    message = line(condition(pod, "PodScheduled"), "message")
    if message and text(condition(pod, "PodScheduled"), "reason") != _GATED:
        return message
    gates = ", ".join(text(gate, "name") for gate in parts(part(pod, "spec"), "schedulingGates"))
    return f"gated by {gates}" if gates else message or _NO_MESSAGE


def preemption(pod: Raw) -> tuple[str, str] | None:
    """Return the reason and the message of a queueing system that preempts this pod; None if none does.

    Before it deletes a pod, Kueue sets the condition TerminationTarget, and Volcano sets Ready=False with the
    reason Evict. KAI and Run:ai set DisruptionTarget, as Kubernetes itself does (see sightings.py).
    """
    target, ready = condition(pod, "TerminationTarget"), condition(pod, "Ready")
    if text(target, "status") == "True":
        return text(target, "reason") or "TerminationTarget", line(target, "message")
    if text(ready, "status") == "False" and text(ready, "reason") == "Evict":
        return "Evict", line(ready, "message")
    return None


def takes_away(pod: Raw) -> bool:
    """Whether the pod's scheduler is one that preempts running pods to let others run."""
    return any(
        kind.scheduler and kind.scheduler == text(part(pod, "spec"), "schedulerName")
        for kind in KINDS.values()
    )


def group_of(pod: Raw) -> str:
    """Return the name of the PodGroup that has the pod's events from KAI and Run:ai; empty if it has none."""
    return text(part(part(pod, "metadata"), "annotations"), "pod-group-name")


def workload_of(events: Iterable[Raw]) -> str:
    """Return the name of Kueue's Workload for a pod, from the pod's events; empty if there is none."""
    found = (_WORKLOAD.match(line(event, "message")) for event in events)
    return next((match[1] for match in found if match), "")


def last_event_message(events: Iterable[Raw]) -> str:
    """Return the message of the newest event that explains why a pod, or its Workload, waits in a queue."""
    relevant = [event for event in events if text(event, "reason") in _WAITS]
    return line(max(relevant, key=_when, default={}), "message")


def may_wait(running: int) -> int:
    """Return how many pods of a sweep may wait in a queue at once, while `running` of its pods run.

    That is enough for a queue to always have the next pods; more would only fill the namespace's quota.
    """
    return max(FEWEST, 2 * running)


def summarize(waiting: Iterable[tuple[int, Raw, str]]) -> list[str]:
    """Return a line for each queue: the trials whose pods wait in it, and the first known message why.

    Args:
        waiting: a trial's index, its pod, and its queue's last message about the pod, empty if unknown.
    """
    found: dict[QueuePlace, list[tuple[int, Raw, str]]] = {}
    for one in waiting:
        where = queue_place(one[1])
        if where:
            found.setdefault(where, []).append(one)
    return [_format_queue(where, sorted(many, key=lambda one: one[0])) for where, many in found.items()]


def _format_queue(where: QueuePlace, many: list[tuple[int, Raw, str]]) -> str:
    message = next((heard for _, _, heard in many if heard), "") or why_waiting(many[0][1])
    verb = "waits" if len(many) == 1 else "wait"
    return f"{indexes(trial for trial, _, _ in many)} {verb} in {where}: {message}"


def _when(event: Raw) -> str:
    return text(event, "lastTimestamp") or text(event, "eventTime")


def _named(pod: Raw) -> dict[QueueKind, str]:
    """Return the systems that a pod names, each with its queue; empty if only the scheduler is named."""
    metadata, scheduler = part(pod, "metadata"), text(part(pod, "spec"), "schedulerName")
    found = {
        kind: text(part(metadata, "labels" if kind.is_label else "annotations"), kind.key)
        for kind in KINDS.values()
    }
    return {kind: queue for kind, queue in found.items() if queue or (kind.scheduler or None) == scheduler}
