"""Predicts the pod that admission will make of a manifest. Pure.

Defaults, a LimitRange, a default PriorityClass and webhooks change what a pod costs and which quotas count
it, and only the server knows them. What it changed in one pod predicts what it will change in the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sweeper.clusters.kubernetes.pods.template import identity
from sweeper.clusters.kubernetes.quotas.quota import counted_by
from sweeper.clusters.kubernetes.raw import Json, Raw, part, parts, text


def admitted(wanted: Json, asked: Raw, got: Raw) -> Json:
    """Return `wanted` with the changes that the server made to an earlier pod.

    Args:
        wanted: the pod that is to be created next.
        asked: the earlier pod, as we sent it.
        got: the earlier pod, as the server returned it.

    Fields that differ between `wanted` and `asked` are set by us, and are not changed.
    """
    if asked is got or not part(got, "spec"):
        return wanted
    return {**wanted, "spec": _carry(wanted["spec"], asked["spec"], _without_echoes(got["spec"]), "spec")}


def teaches(asked: Raw, got: Raw, known_asked: Raw, known_got: Raw) -> bool:
    """Whether quotas count this request or its answer differently from the known pair."""
    return counted_by(asked) != counted_by(known_asked) or counted_by(got) != counted_by(known_got)


def with_defaults(pod: Json, ranges: Iterable[Raw]) -> Json:
    """Return the pod with the defaults of these LimitRanges, for use if the server's answer is missing."""
    items = [item for one in ranges for item in parts(part(one, "spec"), "limits")]
    own = [item for item in items if text(item, "type") == "Container"]
    if not own:
        return pod
    requests, limits = _joined(own, "defaultRequest"), _joined(own, "default")
    spec = dict(pod["spec"])
    for key in ("containers", "initContainers"):
        if spec.get(key):
            spec[key] = [_filled(one, requests, limits) for one in spec[key]]
    return {**pod, "spec": spec}


def _filled(container: Json, requests: Json, limits: Json) -> Json:
    own = container.get("resources") or {}
    limited = own.get("limits") or {}
    # The server copies explicit limits to requests before it applies a LimitRange.
    requested = requests | limited | (own.get("requests") or {})
    return {**container, "resources": {**own, "limits": limits | limited, "requests": requested}}


def _joined(items: Iterable[Raw], key: str) -> Json:
    joined: Json = {}
    for item in items:
        joined = {**joined, **part(item, key)}
    return joined


def _without_echoes(spec: Raw) -> Json:
    """The spec without requests that only repeat a limit: the server derives them from the limit."""
    spec = dict(spec)
    for key in ("containers", "initContainers"):
        if spec.get(key):
            spec[key] = [_without_echo(one) for one in spec[key]]
    return spec


def _without_echo(container: Json) -> Json:
    resources = container.get("resources") or {}
    limits = resources.get("limits") or {}
    requests = {
        key: value for key, value in (resources.get("requests") or {}).items() if limits.get(key) != value
    }
    return {**container, "resources": {**resources, "requests": requests}}


def _carry(wanted: Any, asked: Any, got: Any, key: str) -> Any:
    if wanted == got:  # a shortcut: most of a pod has no changes to carry over
        return wanted
    if isinstance(wanted, dict) and isinstance(asked, dict) and isinstance(got, dict):
        return _carry_map(wanted, asked, got)
    if isinstance(wanted, list) and isinstance(asked, list) and isinstance(got, list):
        return _carry_list(wanted, asked, got, key)
    return got if wanted == asked else wanted


def _carry_map(wanted: Json, asked: Json, got: Json) -> Json:
    carried = dict(wanted)
    for key, value in got.items():
        if key not in asked:
            carried.setdefault(key, value)
        elif key in wanted:
            carried[key] = _carry(wanted[key], asked[key], value, key)
    return carried


def _carry_list(wanted: list[Any], asked: list[Any], got: list[Any], key: str) -> list[Any]:
    known = [{identity(one, key): one for one in many} for many in (asked, got)]
    if not all(identity(one, key) for one in (*wanted, *asked, *got)):
        return got if wanted == asked else wanted
    before, after = known
    names = [identity(one, key) for one in wanted]
    carried = [
        _carry(one, before[name], after[name], "") if name in before and name in after else one
        for name, one in zip(names, wanted, strict=True)
    ]
    return carried + [one for name, one in after.items() if name not in before and name not in names]
