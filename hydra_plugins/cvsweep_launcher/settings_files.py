"""The config groups `hydra/launcher/cluster` and `hydra/launcher/retry`: cvsweep's files, and the app's own.

`hydra/launcher/cluster=cvlab` means the file `cluster/cvlab.yaml` that a cvsweep project would mean: the
app's own on its search path if there is one, else the one that cvsweep brings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig

from hydra_plugins.cvsweep_launcher import _app

_PREFIX = "hydra/launcher/"
_GROUPS = ("cluster", "retry")
_BASE = "base_"
"""The prefix of the names of configs with the types and defaults of a kind of cluster."""
_SCHEME = "cvsweep"


class CvsweepSearchPath(SearchPathPlugin):
    """Adds the groups to the search path, after all entries of the app."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Hydra calls this once, and adds the folder of --config-dir later."""
        _app.search_path = search_path
        if not any(one.provider == "cvsweep" for one in search_path.get_path()):
            search_path.append("cvsweep", f"{_SCHEME}://")


class CvsweepSettings(ConfigSource):
    """A source of configurations that has these groups, and nothing else."""

    @staticmethod
    def scheme() -> str:
        return _SCHEME

    def available(self) -> bool:
        return True

    def is_group(self, config_path: str) -> bool:
        return config_path.rstrip("/") in [f"{_PREFIX}{group}" for group in _GROUPS]

    def is_config(self, config_path: str) -> bool:
        group, _, name = _short(config_path).rpartition("/")
        is_ours = config_path.startswith(_PREFIX) and group in _GROUPS and bool(name)
        return is_ours and self._find(_short(config_path)) is not None

    def load_config(self, config_path: str) -> ConfigResult:
        found = self._find(_short(config_path))
        assert found is not None
        return found

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        group = config_path.rstrip("/").removeprefix(_PREFIX)
        if results_filter is ObjectType.GROUP or not self.is_group(config_path):
            return []
        names = {name for source in _sources() if source.is_group(group) for name in _names(source, group)}
        return sorted(name for name in names if self._find(f"{group}/{name}"))

    def _find(self, name: str) -> ConfigResult | None:
        """Return the configuration of this name, such as `cluster/cvlab`; None if there is none."""
        if name.startswith(f"cluster/{_BASE}"):
            return _schema(name.removeprefix(f"cluster/{_BASE}"))
        for source in _sources():
            if source.is_config(name):
                found = source.load_config(name)
                if source.provider == "cvsweep" or _is_ours(found.config):
                    return found
        return None


def _short(path: str) -> str:
    return path.removeprefix(_PREFIX).removesuffix(".yaml")


def _names(source: ConfigSource, group: str) -> list[str]:
    return source.list(group, ObjectType.CONFIG)


def _sources() -> Iterator[ConfigSource]:
    """Yield the app's own sources of files, then cvsweep's."""
    from sweeper.compose.project import packaged_configs

    path = _app.search_path
    registry = SourcesRegistry.instance()
    for one in path.get_path() if path else ():
        scheme = one.path.partition("://")[0] if one.path and "://" in one.path else "file"
        if one.path and one.provider != "hydra" and scheme in ("file", "pkg"):
            source = registry.resolve(scheme)(one.provider or "", one.path)
            if source.available():
                yield source
    yield registry.resolve("file")("cvsweep", f"file://{packaged_configs()}")


def _is_ours(config: Any) -> bool:
    """Whether it is a cluster or retry file for cvsweep: an app may have a group `cluster` of its own."""
    if not isinstance(config, DictConfig):
        return False
    defaults = [str(one) for one in config.get("defaults") or ()]
    return "backend" in config or any(one.startswith(_BASE) for one in defaults) or "budgets" in config


def _schema(name: str) -> ConfigResult | None:
    """Return the types and defaults of the settings of a kind of cluster; None for an unknown kind."""
    from sweeper.clusters import registry
    from sweeper.compose.schemas import cluster_schema

    if name not in registry.names():
        return None
    schema = cluster_schema(registry.find(name).settings_class)
    return ConfigResult(config=schema, path=f"{_SCHEME}://", provider="cvsweep", header={"package": None})
