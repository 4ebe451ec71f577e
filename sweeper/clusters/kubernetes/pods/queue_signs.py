"""How a pod shows that it waits in a queue, and that a queue has preempted it. Pure.

A pod in a queue has been taken by the cluster and waits for its turn, for as long as that takes. The
API server charges it to a ResourceQuota all the same: a quota lets off only pods that have ended or
whose deletion is overdue (Kubernetes, pkg/quota/v1/evaluator/core/pods.go, QuotaV1Pod).

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
"""So many pods may wait in a queue at once, however few run."""

_KUEUE_GATES = "kueue.x-k8s.io/"
_GATED = "SchedulingGated"
_ORDINARY = ("", "default-scheduler")
_WORKLOAD = lazy(r"Created Workload: [^/ ]+/(\S+)")
_WAITS = ("Pending", "Inadmissible", "Unschedulable", "NotReady")
_NO_MESSAGE = "it has not been admitted yet"


class QueuePlace(NamedTuple):
    """Where a pod waits. Each is empty if the pod does not say."""

    kind: str
    queue: str

    def __str__(self) -> str:
        name = f"queue {self.queue}" if self.queue else "a queue"
        return f"{name} ({self.kind})" if self.kind else name


def queue_place(pod: Raw) -> QueuePlace | None:
    """Where a pod waits for its turn; None if it has had it, or is in no queue."""
    if node(pod) or phase(pod) not in ("", "Pending"):
        return None
    spec = part(pod, "spec")
    gates = [text(gate, "name") for gate in parts(spec, "schedulingGates")]
    is_gated = bool(gates) or text(condition(pod, "PodScheduled"), "reason") == _GATED
    # Kueue takes its gate away when the pod's turn has come. The others bind the pod to a node then, and
    # a pod that the ordinary scheduler has is in none of their queues, whatever its labels say.
    if not is_gated and text(spec, "schedulerName") in _ORDINARY:
        return None
    named = _named(pod)
    if any(gate.startswith(_KUEUE_GATES) for gate in gates):
        return QueuePlace(KUEUE.title, named.get(KUEUE, ""))
    if is_gated:
        return next((QueuePlace(kind.title, queue) for kind, queue in named.items()), QueuePlace("", ""))
    return next((QueuePlace(kind.title, queue) for kind, queue in named.items() if kind.scheduler), None)


def why_waiting(pod: Raw) -> str:
    """Why it waits, as its scheduler says; else which gates hold it."""
    message = line(condition(pod, "PodScheduled"), "message")
    if message and text(condition(pod, "PodScheduled"), "reason") != _GATED:
        return message
    gates = ", ".join(text(gate, "name") for gate in parts(part(pod, "spec"), "schedulingGates"))
    return f"gated by {gates}" if gates else message or _NO_MESSAGE


def preemption(pod: Raw) -> tuple[str, str] | None:
    """The reason and the message of a queue that has ended this pod; None if none has.

    Kueue marks a pod with the condition TerminationTarget before it deletes it, Volcano with Ready=False
    for the reason Evict. KAI's and Run:ai's DisruptionTarget is Kubernetes' own (see sightings).
    """
    target, ready = condition(pod, "TerminationTarget"), condition(pod, "Ready")
    if text(target, "status") == "True":
        return text(target, "reason") or "TerminationTarget", line(target, "message")
    if text(ready, "status") == "False" and text(ready, "reason") == "Evict":
        return "Evict", line(ready, "message")
    return None


def takes_away(pod: Raw) -> bool:
    """Is its scheduler one that takes pods away again, to let others run?"""
    return any(
        kind.scheduler and kind.scheduler == text(part(pod, "spec"), "schedulerName")
        for kind in KINDS.values()
    )


def group_of(pod: Raw) -> str:
    """The PodGroup on which KAI and Run:ai write the events of a pod; empty if it has none."""
    return text(part(part(pod, "metadata"), "annotations"), "pod-group-name")


def workload_of(events: Iterable[Raw]) -> str:
    """The Workload that Kueue made for a pod, by the pod's events; empty if there is none."""
    found = (_WORKLOAD.match(line(event, "message")) for event in events)
    return next((match[1] for match in found if match), "")


def last_event_message(events: Iterable[Raw]) -> str:
    """The newest of the events that say why a queue lets a pod, or its Workload, wait."""
    relevant = [event for event in events if text(event, "reason") in _WAITS]
    return line(max(relevant, key=_when, default={}), "message")


def may_wait(running: int) -> int:
    """How many pods of a sweep may wait in a queue at once, while so many run.

    Enough that a queue always has the next ones; more would only fill the namespace's quota.
    """
    return max(FEWEST, 2 * running)


def summarize(waiting: Iterable[tuple[int, Raw, str]]) -> list[str]:
    """A line for each queue: the trials whose pods wait there, and the message of the first of them.

    `waiting` are a trial's index, its pod, and the last message of its queue, empty if that is not known.
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
    """The systems that a pod names, each with its queue, which is empty if only the scheduler is named."""
    metadata, scheduler = part(pod, "metadata"), text(part(pod, "spec"), "schedulerName")
    found = {
        kind: text(part(metadata, "labels" if kind.is_label else "annotations"), kind.key)
        for kind in KINDS.values()
    }
    return {kind: queue for kind, queue in found.items() if queue or (kind.scheduler or None) == scheduler}
