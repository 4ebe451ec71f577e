"""The settings' types, where Hydra finds them: a wrong or unknown settings key never gets past it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from sweeper.clusters import registry
from sweeper.compose.versions import REPLACE
from sweeper.core.settings import (
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    SweepSettings,
    TaskSettings,
)

BASE = "cvsweep/base"
"""The config that types `sweep`, `task`, `code`, `retry` and `results`. A root schema would refuse `lr`."""


def register() -> None:
    """Store the schemas in this process's ConfigStore; no other program's Hydra sees them."""
    _register(ConfigStore.instance())


@lru_cache(maxsize=1)  # Hydra copies what it takes from the store
def _register(store: ConfigStore) -> None:
    sections = {
        "sweep": _schema(SweepSettings()),
        "task": _schema(TaskSettings()),
        "code": _schema(CodeSettings()),
        "retry": _schema(RetrySettings()),
        "results": _schema(ResultsSettings()),
    }
    group, name = BASE.split("/")
    store.store(
        name, OmegaConf.create(sections), group=group, package="_global_", provider="cvsweep", **REPLACE
    )
    for cluster in map(registry.find, registry.names()):
        schema = _schema(cluster.schema())
        for key in cluster.open_keys:
            OmegaConf.set_struct(schema[key], False)
        # A file in configs/cluster starts from it.
        store.store(f"base_{cluster.name}", schema, group="cluster", provider="cvsweep", **REPLACE)


def _schema(settings: Any) -> DictConfig:
    node = OmegaConf.structured(settings)
    assert isinstance(node, DictConfig)
    _make_writable(node)
    return node


def _make_writable(node: DictConfig) -> None:
    """A frozen dataclass makes a read-only node, and an override must be able to set it."""
    OmegaConf.set_readonly(node, None)
    for child in node.values():
        if isinstance(child, DictConfig):
            _make_writable(child)
