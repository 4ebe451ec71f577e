"""The registry of clusters: cvsweep's own, imported on first use, and those of other packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sweeper.clusters.cluster import Cluster
from sweeper.core.cluster import LOCAL, ClusterSettings
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.sections import check_keys
from sweeper.core.setting import Setting, settings_of
from sweeper.logging_setup import logger

_log = logger(__name__)

GROUP = "cvsweep.clusters"
"""The group of entry points with which other packages register clusters: a name, and the class."""

_OURS = {
    "local": "sweeper.clusters.local.cluster:LocalCluster",
    "kubernetes": "sweeper.clusters.kubernetes.cluster:KubernetesCluster",
}


def names() -> list[str]:
    """Return the valid values of `cluster.backend`."""
    return [*_OURS, *(name for name in _others() if name not in _OURS)]


def every() -> list[type[Cluster[Any]]]:
    """Return all clusters that can be loaded; a warning is logged for each other one."""
    found = []
    for name in names():
        try:
            found.append(find(name))
        except UsageError as error:
            _log.warning("%s", error)
    return found


def find(name: str) -> type[Cluster[Any]]:
    """Return the class of the cluster of this name; UsageError if there is none."""
    if name in _OURS:
        module, _, called = _OURS[name].partition(":")
        found: type[Cluster[Any]] = getattr(import_module(module), called)
        return found
    if name not in _others():
        known = names()
        raise UsageError(
            f"cluster.backend must be {' or '.join(known)}, not {name!r}{did_you_mean(name, known)};"
            " a package that provides another cluster has to be installed here"
        )
    return _load(name)


def of(settings: ClusterSettings) -> Cluster[Any]:
    """Return the cluster that the settings of a sweep describe."""
    kind = find(settings.backend)
    try:
        return kind.from_plain(settings)
    except (AttributeError, TypeError) as error:
        raise StorageError(f"the settings of the sweep's cluster are damaged: {error}") from error


def live(settings: ClusterSettings) -> Mapping[str, Setting]:
    """Return the settings of a sweep's cluster that may change while it runs."""
    kind = find(settings.backend)
    known = settings_of(kind.settings_class)
    return {key: known[key] for key in kind.live_keys}


def read(section: Mapping[str, Any], project: Path) -> tuple[Cluster[Any], tuple[str, ...]]:
    """Return the cluster that a configuration describes, and messages about it."""
    name = section.get("backend", LOCAL)
    kind = find(name if isinstance(name, str) else repr(name))
    _refuse_others(kind, section)
    found, remarks = kind.read(section, project)
    return found, tuple(remarks)


def _refuse_others(kind: type[Cluster[Any]], section: Mapping[str, Any]) -> None:
    """Raise UsageError for a setting of another cluster, or of none."""
    own = kind.keys()
    strangers = [key for key in section if key not in own]
    if not strangers:
        return
    theirs = {key for other in every() for key in other.keys()}  # noqa: SIM118 - no mapping
    for key in strangers:
        if key in theirs:
            raise UsageError(
                f"cluster.{key} means nothing where cluster.backend is {kind.name}: choose a cluster as a"
                " whole, as in cluster=local or cluster=kubernetes"
            )
    check_keys("cluster", section, own)


@cache
def _others() -> Mapping[str, Any]:
    """The entry points of other packages, by name."""
    if not any(map(_names_some, sys.path)):
        return {}  # importing importlib.metadata would take a tenth of the time of a dry run
    from importlib.metadata import entry_points

    return {one.name: one for one in entry_points(group=GROUP)}


def _names_some(place: str) -> bool:
    """Whether a package in this folder of sys.path may provide a cluster."""
    try:
        with os.scandir(place or ".") as entries:
            found = [one.path for one in entries if one.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return os.path.isfile(place)  # an archive
    return any(_holds_group(f"{one}/entry_points.txt") for one in found)


def _holds_group(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return f"[{GROUP}]".encode() in file.read()
    except OSError:
        return False


@cache
def _load(name: str) -> type[Cluster[Any]]:
    point = _others()[name]
    try:
        found = point.load()
    except Exception as error:
        raise UsageError(f"cluster.backend={name}: {point.value} cannot be imported: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Cluster)):
        raise UsageError(f"cluster.backend={name}: {point.value} is no subclass of sweeper.clusters.Cluster")
    called = {getattr(found, "name", None), getattr(found.settings_class(), "backend", None)}
    if called != {name}:
        raise UsageError(
            f"cluster.backend={name}: the name of {point.value}, and the default of `backend` in its"
            f" settings, must be {name} as well"
        )
    return found
