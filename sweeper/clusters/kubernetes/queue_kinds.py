"""The queueing systems that `cluster.queue_kind` names, and what puts a pod into a queue of theirs.

Where the names come from:
    Kueue    Run Plain Pods, Running a single Pod admitted by Kueue
    KAI      Quick Start, Assigning Pods to Queues
    Run:ai   Setting the Default Scheduler; Running Spark with Run:ai (the label)
    Volcano  Queue, Using a queue in workloads (the annotation)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the settings ask KINDS for what a queue may be
    from sweeper.clusters.kubernetes.settings import KubernetesSettings


@dataclass(frozen=True, slots=True)
class QueueKind:
    """A queueing system. A pod names its queue by `key`, a label or else an annotation.

    `scheduler` is the scheduler that it comes with; empty if it gates pods for the ordinary one.
    """

    title: str
    key: str
    scheduler: str = ""
    is_label: bool = True


KUEUE = QueueKind("Kueue", "kueue.x-k8s.io/queue-name")
KINDS: Mapping[str, QueueKind] = {
    "kueue": KUEUE,
    "kai": QueueKind("KAI", "kai.scheduler/queue", "kai-scheduler"),
    "runai": QueueKind("Run:ai", "runai/queue", "runai-scheduler"),
    "volcano": QueueKind("Volcano", "scheduling.volcano.sh/queue-name", "volcano", is_label=False),
}


def chosen(settings: KubernetesSettings) -> QueueKind | None:
    """The system that the settings choose: by its name, else by its scheduler, else Kueue."""
    if settings.queue_kind:
        return KINDS[settings.queue_kind]
    if not settings.queue:
        return None
    found = (kind for kind in KINDS.values() if kind.scheduler and kind.scheduler == settings.scheduler)
    return next(found, KUEUE)


def pod_labels(settings: KubernetesSettings) -> dict[str, str]:
    """The label that puts a pod into the queue, if it is a label that does."""
    kind = chosen(settings)
    return {kind.key: settings.queue} if kind and kind.is_label and settings.queue else {}


def pod_annotations(settings: KubernetesSettings) -> dict[str, str]:
    """The annotation that puts a pod into the queue, if it is an annotation that does."""
    kind = chosen(settings)
    return {kind.key: settings.queue} if kind and not kind.is_label and settings.queue else {}


def scheduler(settings: KubernetesSettings) -> str | None:
    """The scheduler that pods ask for; None for the cluster's own."""
    kind = chosen(settings)
    return settings.scheduler or (kind.scheduler if kind else "") or None


def conflict(settings: KubernetesSettings) -> str:
    """The setting that puts pods into another queue than `cluster.queue`; empty if there is none."""
    for section, own, given in (
        ("labels", pod_labels(settings), settings.labels),
        ("annotations", pod_annotations(settings), settings.annotations),
    ):
        for key, queue in own.items():
            if given.get(key, queue) != queue:
                return f"cluster.{section}.{key}={given[key]}"
    return ""
