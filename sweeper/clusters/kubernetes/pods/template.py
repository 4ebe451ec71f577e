"""Merges the user's `cluster.pod_template` over the pod that cvsweep makes, and refuses conflicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.errors import UsageError

TRIAL = "trial"
"""The name of the container that runs the attempt."""

OWN_LABELS = frozenset({
    "app.kubernetes.io/name", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance",
    "cvsweep/sweep", "cvsweep/trial", "cvsweep/attempt",
})  # fmt: skip
OWN_PREFIX = "cvsweep/"
OWN_VARIABLES = "CVSWEEP_"

# The fields that identify the items of a list. In all other lists, `name` does.
_IDENTITIES: dict[str, tuple[str, ...]] = {
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "ports": ("containerPort",),
    "tolerations": ("key", "effect"),
    "hostAliases": ("ip",),
}

# Lists and maps that our pod may lack: a wrong type in a template is found here and not by the server.
_SHAPE: Json = {
    "metadata": {"labels": {}, "annotations": {}},
    "spec": {
        "containers": [], "initContainers": [], "volumes": [], "tolerations": [], "imagePullSecrets": [],
        "hostAliases": [], "nodeSelector": {}, "affinity": {}, "securityContext": {}, "dnsConfig": {},
    },
}  # fmt: skip


def merge(base: Any, over: Any, key: str = "") -> Any:
    """Return a new value: `over` merged over `base`.

    Maps are merged recursively, and null removes a key. Lists whose items have an identity are merged by it;
    any other list, and any plain value, is replaced.

    Args:
        base: the value to change.
        over: the changes.
        key: the name of the field that holds the value.
    """
    if isinstance(over, dict):
        return _merge_maps(base if isinstance(base, dict) else {}, over)
    if isinstance(over, list):
        return _merge_lists(base if isinstance(base, list) else [], over, key)
    return over


def identity(item: Any, key: str) -> tuple[Any, ...] | None:
    """Return what identifies an item of the list in field `key`; None if only its position does."""
    if not isinstance(item, dict):
        return None
    names = _IDENTITIES.get(key)
    if names is None:
        name = item.get("name")
        return (name,) if isinstance(name, str | int) else None
    found = tuple(item.get(name) for name in names)
    # A toleration may lack one of its two fields.
    known = any(one is not None for one in found)
    return found if known and all(isinstance(one, str | int | None) for one in found) else None


def customise(pod: Json, template: Mapping[str, Any]) -> Json:
    """Return the pod with the template merged over it.

    Raises:
        UsageError: a value has the wrong type, or the template changes a field that cvsweep relies on.
    """
    for shape in (_SHAPE, pod):
        _check_shape(shape, template, "cluster.pod_template")
    merged: Json = merge(pod, dict(template))
    kept = dict(_kept(merged))
    for path, value in _kept(pod):
        if kept.get(path) != value:
            raise UsageError(f"cluster.pod_template.{path} cannot be changed: {_reason(path)}")
    return merged


def _merge_maps(base: Json, over: Json) -> Json:
    merged = {key: _copy(value) for key, value in base.items() if key not in over}
    for key, value in over.items():
        if value is not None:
            merged[key] = merge(base.get(key), value, key)
    return {key: merged[key] for key in [*base, *over] if key in merged}


def _merge_lists(base: list[Any], over: list[Any], key: str) -> list[Any]:
    if not over or any(identity(item, key) is None for item in over):
        return [merge(None, item) for item in over]
    merged: dict[Any, Any] = {}
    if all(identity(item, key) is not None for item in base):
        merged = {identity(item, key): _copy(item) for item in base}
    for item in over:
        known = identity(item, key)
        merged[known] = _merge_maps(merged.get(known, {}), item)
    return list(merged.values())


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _check_shape(base: Any, over: Any, path: str) -> None:
    """Raise UsageError if the template has a map, a list or a plain value where the pod has another one."""
    if base is None or over is None:
        return
    if _kind(base) != _kind(over):
        raise UsageError(f"{path} must be {_kind(base)}, not {_short(over)}")
    if isinstance(base, Mapping):
        for key, value in over.items():
            _check_shape(base.get(key), value, f"{path}.{key}")
    elif isinstance(base, list):
        _check_items(base, over, path)


def _check_items(base: list[Any], over: list[Any], path: str) -> None:
    field = path.rpartition(".")[2]
    known = {identity(item, field): item for item in base}
    if None in known:
        return  # a list whose items have no identity: it is replaced
    for at, item in enumerate(over):
        name = identity(item, field)
        if not isinstance(item, Mapping) or (base and name is None):
            needed = " and ".join(_IDENTITIES.get(field, ("name",)))
            hint = f"; the container of the trial is called {TRIAL}" if field == "containers" else ""
            raise UsageError(f"{path}[{at}] must be keys and values with its {needed}{hint}")
        _check_shape(known.get(name), item, f"{path}[{at}]")


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "keys and values"
    return "a list" if isinstance(value, list) else "a plain value"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kept(pod: Json) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each field that a template must not change; None if it is missing."""
    metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
    yield from ((key, pod.get(key)) for key in ("apiVersion", "kind"))
    yield from ((f"metadata.{key}", metadata.get(key)) for key in ("name", "namespace", "generateName"))
    for holder in ("labels", "annotations"):
        own = metadata.get(holder) or {}
        yield from ((f"metadata.{holder}.{key}", own.get(key)) for key in own if _is_ours(key))
    yield "spec.restartPolicy", spec.get("restartPolicy")
    trial = next((one for one in spec.get("containers") or [] if one.get("name") == TRIAL), None)
    yield "spec.containers", trial is not None
    trial = trial or {}
    yield from ((f"spec.containers[{TRIAL}].{key}", trial.get(key)) for key in OWN_FIELDS)
    variables = {one.get("name"): one for one in trial.get("env") or []}
    for name, variable in variables.items():
        if str(name).startswith(OWN_VARIABLES):
            yield f"spec.containers[{TRIAL}].env[{name}]", variable


def _is_ours(key: str) -> bool:
    return key in OWN_LABELS or key.startswith(OWN_PREFIX)


def _reason(path: str) -> str:
    if ".env[" in path:
        return f"variables that begin with {OWN_VARIABLES} are cvsweep's own"
    return _REASONS.get(path.rpartition(".")[2], "cvsweep knows its pods by it")


OWN_FIELDS = ("command", "args", "restartPolicy", "restartPolicyRules")
"""Fields of the trial's container that are cvsweep's own.

The last two: since Kubernetes 1.34 a container may be started again within its pod.
"""

_ONE_ATTEMPT = "a pod is one attempt, and cvsweep itself decides on another"
_IN_COMMAND = "set cluster.command, in which {command} stands for the trial"
_REASONS = {
    "restartPolicy": _ONE_ATTEMPT,
    "restartPolicyRules": _ONE_ATTEMPT,
    "containers": f"the container called {TRIAL} runs the trial and must stay",
    "command": _IN_COMMAND,
    "args": _IN_COMMAND,
    "namespace": "set cluster.namespace",
}
