"""The settings of a cluster of pods, out of plain data: what the API server would only say later."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from sweeper.clusters.kubernetes.names import LABEL_VALUE, is_label_value
from sweeper.clusters.kubernetes.pod_file import with_pod_file
from sweeper.clusters.kubernetes.pods.placeholders import check_filled
from sweeper.clusters.kubernetes.queue_kinds import KINDS, conflict
from sweeper.clusters.kubernetes.rules import (
    UMASK,
    Rule,
    at_least,
    check_rules,
    one_of,
    optional,
)
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.clusters.kubernetes.users import refuse_no_root, refuse_unfilled
from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy
from sweeper.core.sections import check_keys
from sweeper.core.values import render_value
from sweeper.files.own_paths import expanded


def _matches(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _dns_label(text: Any) -> bool:
    return len(text) <= 63 and _is_dns_label(text)


def _folder(path: Any) -> bool:
    return path.startswith("/") and path.rstrip("/") != "" and ".." not in path.split("/")


_is_dns_label = _matches(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_is_variable = _matches(r"[A-Za-z_][A-Za-z0-9_]*")
_is_quantity = _matches(r"\d+(\.\d*)?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
# A number alone would be bytes, which nobody means; as bytes it has at least seven digits.
_is_memory = _matches(r"\d+(\.\d*)?([KMGTPE]i|[kMGTPE]|[eE][+-]?\d+)|\d{7,}(\.\d*)?")
_is_label_key = _matches(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_is_queue = _matches(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PLACEHOLDER = lazy(r"\{(user|uid|gid|priority)\}")
_OWN_KEY = lazy(r"cvsweep/.*|app\.kubernetes\.io/(name|managed-by|instance)")

_QUANTITY = "a quantity, as in 2, 500m or 4Gi"
_MEMORY = "an amount of memory with its unit, as in 16Gi"
_SECONDS = "at least 0 seconds"

RULES: tuple[Rule, ...] = (
    ("namespace", optional(_dns_label), "a namespace's name (lower-case letters, digits and '-'), or null"),
    ("user", optional(bool), "a name, or null for whoever makes the sweep"),
    ("uid", optional(at_least(0)), "a user's number, or null for that of whoever makes the sweep"),
    ("gid", optional(at_least(0)), "a group's number, or null for that of whoever makes the sweep"),
    ("image", lambda image: bool(image.strip()), "the image that the trials run in"),
    (
        "image_pull_policy",
        optional(one_of("Always", "IfNotPresent", "Never")),
        "Always, IfNotPresent, Never or null",
    ),
    (
        "command",
        lambda words: any("{command}" in word for word in words),
        'a list of words, one of which holds "{command}"',
    ),
    ("gpus", at_least(0), "at least 0"),
    ("gpu_resource", _is_label_key, "the name of a resource, as in nvidia.com/gpu"),
    ("cpu", optional(_is_quantity), f"{_QUANTITY}, or null"),
    ("memory", optional(_is_memory), f"{_MEMORY}, or null"),
    ("shm", optional(_is_memory), f"{_MEMORY}, or null"),
    ("time_limit", optional(at_least(1)), "at least 1 second, or null"),
    ("queue", optional(_is_queue), "a queue's name (letters, digits, '-', '_' and '.'), or null"),
    ("queue_kind", optional(one_of(*KINDS)), f"{', '.join(KINDS)} or null"),
    ("max_parallel", optional(at_least(1)), "at least 1, or null"),
    ("max_gpus", optional(at_least(1)), "at least 1, or null"),
    ("reserve", at_least(0), "at least 0"),
    ("keep_pods", one_of("never", "failed", "always"), "never, failed or always"),
    UMASK,
    ("grace", at_least(0), _SECONDS),
    ("result_grace", at_least(0), _SECONDS),
    ("unschedulable_after", at_least(0), _SECONDS),
    ("image_after", at_least(0), _SECONDS),
    ("config_after", at_least(0), _SECONDS),
    ("mount_after", at_least(0), _SECONDS),
    ("avoid_after", at_least(1), "at least 1"),
)


class _Map(NamedTuple):
    """A setting that holds entries by name: what the names and the values must be, with the words for it."""

    key: str
    is_name: Callable[[Any], bool]
    name: str
    is_value: Callable[[Any], bool]
    value: str


_KEY = "a label's name, as in team or example.org/team"
_VARIABLE = "a variable's name (letters, digits and '_')"
_RESOURCE = "a resource's name, as in memory or nvidia.com/gpu"

_MAPS = (
    _Map("env", _is_variable, _VARIABLE, lambda text: True, "text or a number"),
    _Map(
        "secrets",
        _is_variable,
        _VARIABLE,
        _matches(r"[a-z0-9][-a-z0-9.]*/[-._A-Za-z0-9]+"),
        "a secret and its key, as in wandb/api-key",
    ),
    _Map(
        "labels", _is_label_key, _KEY, lambda text: is_label_value(_PLACEHOLDER.sub("x", text)), LABEL_VALUE
    ),
    _Map("annotations", _is_label_key, _KEY, lambda text: True, "text or a number"),
    _Map("node_selector", _is_label_key, _KEY, is_label_value, LABEL_VALUE),
    _Map("requests", _is_label_key, _RESOURCE, _is_quantity, _QUANTITY),
    _Map("limits", _is_label_key, _RESOURCE, _is_quantity, _QUANTITY),
    _Map(
        "resource_claims",
        _dns_label,
        "a claim's name in the pod (lower-case letters, digits and '-')",
        _matches(r"(?!\d+$)(claim/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?"),
        "a ResourceClaimTemplate, as in one-gpu, or a ResourceClaim, as in claim/shared-gpu",
    ),
)

_VOLUME_RULES: tuple[Rule, ...] = (
    ("claim", lambda claim: bool(claim.strip()), "the name of a PersistentVolumeClaim"),
    ("path", _folder, "the folder in the pods that it is mounted at, as in /data"),
    ("here", optional(_folder), "the folder that this machine has it at, or null for the same as path"),
    ("read_only", lambda flag: isinstance(flag, bool), "true or false"),
)


def read_pods(section: Mapping[str, Any], project: Path) -> tuple[KubernetesSettings, tuple[str, ...]]:
    """The settings, and what is to be said about a pod file among them; `project` is where its path begins.

    Numbers in maps of texts are texts, and an entry that is null is not there.
    """
    section, remarks = with_pod_file(section, project)
    known = [field.name for field in fields(KubernetesSettings)]
    check_keys("cluster", section, known)
    check_rules("cluster", section, RULES)
    texts = {one.key: _entries(one, section.get(one.key) or {}) for one in _MAPS}
    volumes = _volumes(section.get("volumes") or {}, shm=section.get("shm") is not None)
    for name in texts["secrets"]:
        if name in texts["env"]:
            raise UsageError(f"cluster.secrets.{name}: cluster.env has this variable too; drop one")
    settings = KubernetesSettings(**{**section, **texts, "volumes": volumes})
    if other := conflict(settings):
        raise UsageError(f"cluster.queue={settings.queue} and {other} name different queues: drop one")
    if settings.user:  # else it is the login, which is looked up only where the pods are to be made
        check_filled(settings)
    refuse_unfilled(settings)
    refuse_no_root(settings)
    return settings, remarks


def _entries(kind: _Map, given: Any) -> dict[str, str]:
    where = f"cluster.{kind.key}"
    if not isinstance(given, dict):
        raise UsageError(f"{where} must hold names and values, not {given!r}")
    entries = {name: value for name, value in given.items() if value is not None}
    for name, value in entries.items():
        if _OWN_KEY.fullmatch(name) or name.startswith("CVSWEEP_"):
            raise UsageError(f"{where}.{name}: this name is cvsweep's own; choose another")
        if not kind.is_name(name):
            raise UsageError(f"{where}: {name!r} is not {kind.name}")
        if isinstance(value, list | dict) or not kind.is_value(render_value(value)):
            raise UsageError(f"{where}.{name} must be {kind.value}, not {value!r}")
    return {name: render_value(value) for name, value in entries.items()}


def _volumes(given: Any, *, shm: bool) -> dict[str, VolumeSettings]:
    if not isinstance(given, dict):
        raise UsageError(f"cluster.volumes must hold volumes by name, not {given!r}")
    volumes = {name: _volume(name, one) for name, one in given.items() if one is not None}
    taken = {"/dev/shm": "cluster.shm"} if shm else {}
    for name, volume in volumes.items():
        other = taken.setdefault(volume.path.rstrip("/"), f"cluster.volumes.{name}")
        if other != f"cluster.volumes.{name}":
            raise UsageError(f"cluster.volumes.{name}.path: {volume.path} is where {other} is mounted")
    return volumes


def _volume(name: str, given: Any) -> VolumeSettings:
    where = f"cluster.volumes.{name}"
    if not isinstance(given, dict):
        raise UsageError(f"{where} must hold a volume's claim and path, not {given!r}")
    if not _dns_label(name) or name == "dev-shm":
        raise UsageError(
            f"cluster.volumes: {name!r} cannot name a volume; use lower-case letters, digits and '-'"
        )
    check_keys(where, given, [field.name for field in fields(VolumeSettings)])
    if isinstance(given.get("here"), str):  # the one path of this machine
        given = {**given, "here": expanded(f"{where}.here", given["here"])}
    # What is not given at all is as wrong as what is empty.
    check_rules(where, {"claim": "", "path": "", **given}, _VOLUME_RULES)
    return VolumeSettings(**given)
