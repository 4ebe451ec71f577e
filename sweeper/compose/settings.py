"""The reserved keys of a resolved configuration become typed settings, each rule with its sentence."""

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
    """The settings of the whole sweep, and messages about them.

    `project` is where the path of a pod file begins.
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
    """The settings that say who reads a trial's metrics, and which of them ranks the trials."""
    return read_section("results", ResultsSettings, section)


def read_task(section: Any) -> TaskSettings:
    """The settings of one trial's program."""
    return read_section("task", TaskSettings, section)


def read_sweep(cfg: DictConfig) -> SweepSettings:
    """`sweep` alone, from a configuration whose parameters are not all known yet."""
    with guarded():
        node = cfg.get("sweep")
        section = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    return read_section("sweep", SweepSettings, as_json(section))


class SharedSettings:
    """The settings of the first point, which every other point must have too."""

    def __init__(self, data: Mapping[str, Any], project: Path) -> None:
        self._project = project
        self.settings, self.remarks = read_settings(data, project)
        self._known = [{name: data[name] for name in _SHARED}]

    def check(self, data: Mapping[str, Any]) -> None:
        """Refuse a point whose settings differ, naming the key."""
        # Points mostly share the very same sections: looking is enough.
        if any(all(data[name] is known[name] for name in _SHARED) for known in self._known):
            return
        key = _difference(self.settings.to_json(), read_settings(data, self._project)[0].to_json(), "")
        if key:
            raise UsageError(f"{key} differs between points of the grid, but it holds for the whole sweep")
        self._known = [{name: data[name] for name in _SHARED}, *self._known[:1]]


def _cluster(section: dict[str, Any], project: Path) -> tuple[ClusterSettings, tuple[str, ...]]:
    """The cluster decides what else there is to say."""
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
