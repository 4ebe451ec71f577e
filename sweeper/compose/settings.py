"""Turns the reserved keys of a resolved configuration into typed settings, and checks their rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from sweeper.clusters import registry
from sweeper.compose.errors import guarded
from sweeper.compose.plain_data import as_json
from sweeper.core.cluster import ClusterSettings
from sweeper.core.errors import UsageError
from sweeper.core.sections import check_section
from sweeper.core.settings import (
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    Settings,
    SweepSettings,
    TaskSettings,
)
from sweeper.files.sections import read_section

_SHARED = ("sweep", "cluster", "code", "retry", "results")


def read_settings(data: Mapping[str, Any], project: Path = Path()) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of the whole sweep, and messages about them.

    Args:
        data: the resolved configuration.
        project: the folder to which the path of a pod file is relative.

    Raises:
        UsageError: a setting is not valid.
    """
    cluster, remarks = _cluster(check_section("cluster", data.get("cluster")), project)
    retry = read_section("retry", RetrySettings, data.get("retry"))
    settings = Settings(
        sweep=read_section("sweep", SweepSettings, data.get("sweep")),
        cluster=cluster,
        code=read_section("code", CodeSettings, data.get("code")),
        retry=retry,
        results=read_results_section(data.get("results")),
    )
    return settings, remarks


def read_results_section(section: Any) -> ResultsSettings:
    """Return the section `results`: how metrics are read, and which metric ranks the trials."""
    return read_section("results", ResultsSettings, section)


def read_task(section: Any) -> TaskSettings:
    """Return the section `task`: the settings of a trial's program."""
    return read_section("task", TaskSettings, section)


def read_sweep(cfg: DictConfig) -> SweepSettings:
    """Return the section `sweep` of a configuration in which other values may still be missing."""
    with guarded():
        node = cfg.get("sweep")
        section = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    return read_section("sweep", SweepSettings, as_json(section))


class SharedSettings:
    """The settings of the first point, which must be the same for every other point."""

    def __init__(self, data: Mapping[str, Any], project: Path) -> None:
        self._project = project
        self.settings, self.remarks = read_settings(data, project)
        self._known = [{name: data[name] for name in _SHARED}]

    def check(self, data: Mapping[str, Any]) -> None:
        """Raise UsageError, with the key, if the settings of a point differ."""
        # Most points share the same section objects, so comparing identities is enough.
        if any(all(data[name] is known[name] for name in _SHARED) for known in self._known):
            return
        key = _difference(self.settings.to_json(), read_settings(data, self._project)[0].to_json(), "")
        if key:
            raise UsageError(f"{key} differs between points of the grid, but it holds for the whole sweep")
        self._known = [{name: data[name] for name in _SHARED}, *self._known[:1]]


def _cluster(section: dict[str, Any], project: Path) -> tuple[ClusterSettings, tuple[str, ...]]:
    """Return the settings of the cluster, whose type depends on the kind of cluster, and messages."""
    if "apiVersion" in section:
        raise UsageError(
            "this cluster file is a pod file: name it as the template of a cluster's pods instead, as in"
            " cluster=kubernetes cluster.pod_template=pod.yaml"
        )
    found, remarks = registry.read(section, project)
    return found.plain(), remarks


def _difference(one: Any, other: Any, path: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *other]:
            found = _difference(one.get(key), other.get(key), f"{path}.{key}" if path else str(key))
            if found:
                return found
        return ""
    return "" if one == other else path
