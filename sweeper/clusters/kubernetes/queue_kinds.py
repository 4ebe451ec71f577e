"""The queueing systems that `cluster.queue_kind` can name, and how a pod is put into one of their queues.

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

if TYPE_CHECKING:  # settings.py imports this module, for KINDS
    from sweeper.clusters.kubernetes.settings import KubernetesSettings


@dataclass(frozen=True, slots=True)
class QueueKind:
    """A queueing system.

    Attributes:
        title: its name in messages.
        key: the label or annotation by which a pod names its queue.
        scheduler: its own scheduler; empty if it gates pods for the default scheduler.
        is_label: whether `key` is a label; otherwise it is an annotation.
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
    """Return the system that the settings choose: by `queue_kind`, else by the scheduler, else Kueue.

    None: the settings have neither a queue nor a `queue_kind`.
    """
    if settings.queue_kind:
        return KINDS[settings.queue_kind]
    if not settings.queue:
        return None
    found = (kind for kind in KINDS.values() if kind.scheduler and kind.scheduler == settings.scheduler)
    return next(found, KUEUE)


def pod_labels(settings: KubernetesSettings) -> dict[str, str]:
    """Return the label that puts a pod into the queue; empty if no label does."""
    kind = chosen(settings)
    return {kind.key: settings.queue} if kind and kind.is_label and settings.queue else {}


def pod_annotations(settings: KubernetesSettings) -> dict[str, str]:
    """Return the annotation that puts a pod into the queue; empty if no annotation does."""
    kind = chosen(settings)
    return {kind.key: settings.queue} if kind and not kind.is_label and settings.queue else {}


def scheduler(settings: KubernetesSettings) -> str | None:
    """Return the scheduler that pods name; None for the cluster's default."""
    kind = chosen(settings)
    return settings.scheduler or (kind.scheduler if kind else "") or None


def conflict(settings: KubernetesSettings) -> str:
    """Return the setting that puts pods into another queue than `cluster.queue`; empty if there is none."""
    for section, own, given in (
        ("labels", pod_labels(settings), settings.labels),
        ("annotations", pod_annotations(settings), settings.annotations),
    ):
        for key, queue in own.items():
            if given.get(key, queue) != queue:
                return f"cluster.{section}.{key}={given[key]}"
    return ""
