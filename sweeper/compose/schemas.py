"""Registers the types of settings with Hydra, which then refuses wrong values and unknown settings."""

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
"""The config with the types of `sweep`, `task`, `code`, `retry` and `results`, but not of the root.

A schema for the root would refuse parameters such as `lr`.
"""


def register() -> None:
    """Store the schemas in this process's ConfigStore; no other program's Hydra sees them."""
    _register(ConfigStore.instance())


@lru_cache(maxsize=1)  # once is enough: Hydra copies what it takes from the store
def _register(store: ConfigStore) -> None:
    # For each composition Hydra copies its sources, including this store with all its nodes, but then creates
    # them again over the store itself. The copy is never used, so it is avoided.
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
        # Files in configs/cluster extend this config.
        schema = cluster_schema(cluster.settings_class)
        store.store(f"base_{cluster.name}", schema, group="cluster", provider="cvsweep", **REPLACE)


def cluster_schema(cls: type) -> DictConfig:
    """Return the schema of a cluster's settings in the form in which people write them.

    An override may add entries to all maps without a `+`. Settings whose rule converts the written value
    (`Rule.written`) have the type of that value, since OmegaConf would convert differently: in a map of texts
    it would turn `true` into the text "True".
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
    """Allow overrides to change a node, which is read-only if it was made from a frozen dataclass."""
    OmegaConf.set_readonly(node, None)
    for child in node.values():
        if isinstance(child, DictConfig):
            _make_writable(child)
