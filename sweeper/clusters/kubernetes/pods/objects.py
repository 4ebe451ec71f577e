"""Finds the pods in Kubernetes objects, such as Jobs and Deployments. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sweeper.clusters.kubernetes import queue_kinds
from sweeper.clusters.kubernetes.raw import Json, part
from sweeper.core.errors import UsageError

_INSIDE: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("Job", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"),
        ("spec", "template"),
    ),
}
"""The path to the pod in each kind of object that contains one."""

_SETTINGS: Mapping[str, str] = {
    "completions": "",
    "parallelism": "",
    "replicas": "",
    "activeDeadlineSeconds": "cluster.time_limit",
    "volumeClaimTemplates": "cluster.volumes",
}
"""Fields of such an object that are ignored, and the setting to use instead; empty if there is none."""

_QUEUES = frozenset(kind.key for kind in queue_kinds.KINDS.values())


def pods(documents: Iterable[Any], what: str, ignored: list[str]) -> Iterator[Json]:
    """Yield the pods, as copies without nulls.

    Args:
        documents: the objects, or lists of objects.
        what: the name of the file in messages.
        ignored: gets the names of the objects and fields that are left out.

    Raises:
        UsageError: an object is not a map, or contains a value that a pod cannot have.
    """
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict):
            raise UsageError(f"{what}: it must hold a pod as keys and values, not {str(document)[:40]!r}")
        kind = str(document.get("kind") or "Pod")
        if kind.endswith("List"):
            yield from pods(_items(document, kind, what), what, ignored)
        elif kind in _INSIDE:
            yield _inside(document, kind, what, ignored)
        else:
            ignored.append(f"{kind} object")


def _items(document: Json, kind: str, what: str) -> list[Any]:
    items = document.get("items") or []
    if not isinstance(items, list):
        raise UsageError(f"{what}: the items of its {kind} must be a list")
    return items


def _inside(document: Json, kind: str, what: str, ignored: list[str]) -> Json:
    found: Any = document
    for key in _INSIDE[kind]:
        if found is not document:
            ignored.extend(_asked(found, kind))
        found = part(found, key)
    if found is not document:
        labels = part(part(document, "metadata"), "labels")
        ignored.extend(f"label {key} of the {kind} (set cluster.queue)" for key in labels if key in _QUEUES)
    try:
        return _plain(found, what)  # type: ignore[no-any-return]
    except RecursionError:
        raise UsageError(f"{what}: it refers to itself, or is nested too deep") from None


def _asked(spec: Mapping[str, Any], kind: str) -> Iterator[str]:
    for key, setting in _SETTINGS.items():
        if spec.get(key) not in (None, 1):  # each trial gets one pod
            yield f"{key} of the {kind}{f' (set {setting})' if setting else ''}"


def _plain(value: Any, what: str) -> Any:
    """Return a copy as the API server would read it: null is the same as no field, and keys are texts."""
    if isinstance(value, Mapping):
        return {_name(key): _plain(inner, what) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner, what) for inner in value]
    if isinstance(value, str | int | float | None):
        return value
    raise UsageError(f"{what}: {str(value)[:40]} is neither text nor a number")


def _name(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)
