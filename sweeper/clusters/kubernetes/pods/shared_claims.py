"""Merges a pod's volumes that use the same PVC: with duplicates, the kubelet waits forever. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweeper.clusters.kubernetes.raw import Json, part, parts, text

_CLAIM = "persistentVolumeClaim"


def with_one_volume_each(spec: Json) -> Json:
    """Return the specification of a pod with one volume for each claim, and with the same mounts."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for volume in parts(spec, "volumes"):
        groups.setdefault(text(part(volume, _CLAIM), "claimName"), []).append(volume)
    groups.pop("", None)
    shared = [group for group in groups.values() if len(group) > 1]
    if not shared:
        return spec
    # For each former volume: the name of the merged volume, and whether the former was read-only.
    names = {
        text(one, "name"): (text(group[0], "name"), part(one, _CLAIM).get("readOnly") is True)
        for group in shared
        for one in group
    }
    kept = {target for target, _ in names.values()}
    found = spec | {
        "volumes": [
            _opened(one) if text(one, "name") in kept else one
            for one in parts(spec, "volumes")
            if text(one, "name") in kept or text(one, "name") not in names
        ]
    }
    for key in ("containers", "initContainers"):
        if key in found:
            found[key] = [_remounted(one, names) for one in found[key]]
    return found


def _opened(volume: Mapping[str, Any]) -> Json:
    """Return the volume without `readOnly`, for its mounts that write; the others are marked themselves."""
    source = {key: value for key, value in part(volume, _CLAIM).items() if key != "readOnly"}
    return {**volume, _CLAIM: source}


def _remounted(container: Mapping[str, Any], names: Mapping[str, tuple[str, bool]]) -> Json:
    mounts = []
    for mount in parts(container, "volumeMounts"):
        target, read_only = names.get(text(mount, "name"), (text(mount, "name"), False))
        mounts.append({**mount, "name": target, **({"readOnly": True} if read_only else {})})
    return {**container, **({"volumeMounts": mounts} if mounts else {})}
