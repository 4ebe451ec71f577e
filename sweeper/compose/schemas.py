"""The settings' types, where Hydra finds them: a wrong or unknown settings key never gets past it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from sweeper.compose.versions import REPLACE
from sweeper.core.cluster import KubernetesSettings, LocalSettings
from sweeper.core.settings import (
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    SweepSettings,
    TaskSettings,
)

BASE = "cvsweep/base"
"""The config that types `sweep`, `task`, `code`, `retry` and `results`. A root schema would refuse `lr`."""

_OPEN = ("requests", "limits", "resource_claims", "volumes", "env", "secrets", "labels", "annotations",
         "node_selector", "security_context", "pod_template")  # fmt: skip
"""Maps of a cluster of pods that an override may add entries to, without a `+`."""


@dataclass(frozen=True)
class _KubernetesSchema(KubernetesSettings):
    """OmegaConf would make the text "True" of `true` in a map of texts, and lets no override add an entry
    to a map of typed ones: these are checked and converted when the settings are read. A template may also be
    the path of a file.
    """

    volumes: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, Any] = field(default_factory=dict)
    node_selector: dict[str, Any] = field(default_factory=dict)
    resource_claims: dict[str, Any] = field(default_factory=dict)
    pod_template: Any = field(default_factory=dict)


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
    # A further backend begins with its own base_… here, and a file in configs/cluster that starts from it.
    for name, schema in (("base_local", _schema(LocalSettings())), ("base_kubernetes", _kubernetes())):
        store.store(name, schema, group="cluster", provider="cvsweep", **REPLACE)


def _kubernetes() -> DictConfig:
    schema = _schema(_KubernetesSchema())
    for key in _OPEN:
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
