"""The settings' types, where Hydra finds them: a wrong or unknown settings key never gets past it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import field, make_dataclass
from functools import lru_cache, partial
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from sweeper.clusters import registry
from sweeper.compose.omegaconf_errors import CLUSTER_SCHEMA
from sweeper.compose.versions import REPLACE
from sweeper.core.setting import settings_of
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
    # Hydra copies its sources for each composition, this store with all its nodes included, and then makes
    # them again over the store itself: the copy is thrown away.
    vars(store)["__deepcopy__"] = lambda _memo: store
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
    for cluster in registry.every():
        # A file in configs/cluster starts from it.
        schema = cluster_schema(cluster.settings_class)
        store.store(f"base_{cluster.name}", schema, group="cluster", provider="cvsweep", **REPLACE)


def cluster_schema(cls: type) -> DictConfig:
    """The types of a cluster's settings, as a person may write them.

    An override may add entries to all maps, without a `+`. What a rule converts (`Rule.written`) is left to
    the rule: of `true` in a map of texts OmegaConf would make the text "True".
    """
    known = settings_of(cls)
    written = [
        (key, one.rule.written, field(default_factory=partial(deepcopy, one.default)))
        for key, one in known.items()
        if one.rule is not None and one.rule.written is not None
    ]
    schema = _schema(make_dataclass(CLUSTER_SCHEMA, written, bases=(cls,), frozen=True)())
    for key in known:
        if isinstance(schema[key], DictConfig):
            OmegaConf.set_struct(schema[key], False)
    return schema


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
