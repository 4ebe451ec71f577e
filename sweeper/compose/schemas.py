"""The settings' types, where Hydra finds them: a wrong or unknown settings key never gets past it."""

from __future__ import annotations

from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from sweeper.compose.versions import REPLACE
from sweeper.core.cluster import LocalSettings
from sweeper.core.settings import (
    ResultsSettings,
    RetrySettings,
    SweepSettings,
    TaskSettings,
)

BASE = "cvsweep/base"
"""The config that types `sweep`, `task`, `retry` and `results`. A root schema would refuse `lr`."""


def register() -> None:
    """Store the schemas in this process's ConfigStore; no other program's Hydra sees them."""
    store = ConfigStore.instance()
    sections = {
        "sweep": _schema(SweepSettings()),
        "task": _schema(TaskSettings()),
        "retry": _schema(RetrySettings()),
        "results": _schema(ResultsSettings()),
    }
    group, name = BASE.split("/")
    store.store(
        name, OmegaConf.create(sections), group=group, package="_global_", provider="cvsweep", **REPLACE
    )
    # A further backend adds its own base_… here, and a file in configs/cluster that starts from it.
    store.store("base_local", _schema(LocalSettings()), group="cluster", provider="cvsweep", **REPLACE)


def _schema(settings: Any) -> DictConfig:
    node = OmegaConf.structured(settings)
    assert isinstance(node, DictConfig)
    # A frozen dataclass makes a read-only node, and an override must be able to set it.
    OmegaConf.set_readonly(node, None)
    return node
