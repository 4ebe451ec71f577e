"""Hydra's schema of a cluster comes from the class of its settings, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ValidationError

from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.compose.schemas import cluster_schema
from sweeper.core.setting import setting, settings_of
from sweeper.core.setting_entries import entries
from sweeper.core.setting_rules import at_least, filled


@dataclass(frozen=True)
class _Queue:
    backend: str = "queue"
    nodes: int = setting(1, "how many", at_least(1))
    partition: str | None = setting(None, "where")
    labels: dict[str, str] = setting({"a": "b"}, "names", entries(filled("a name"), filled("a text")))
    limits: dict[str, str] = setting(
        {}, "names", entries(filled("a name"), filled("a text"), texts_only=True)
    )


def test_a_schema_has_the_types_and_defaults_of_the_class() -> None:
    schema = cluster_schema(_Queue)
    assert OmegaConf.to_container(schema) == vars(_Queue())
    OmegaConf.update(schema, "nodes", "4")
    assert schema.nodes == 4
    with pytest.raises(ValidationError):
        OmegaConf.update(schema, "nodes", "many")
    with pytest.raises(ConfigAttributeError):
        OmegaConf.update(schema, "nods", 3)


@pytest.mark.parametrize(("key", "kept"), [("labels", True), ("limits", "True")])
def test_an_override_may_add_entries_and_a_rule_converts_them(key: str, kept: Any) -> None:
    """Entries that are texts alone are texts already for Hydra."""
    schema = cluster_schema(_Queue)
    OmegaConf.update(schema, f"{key}.new", True)
    assert schema[key].new == kept


def test_two_schemas_share_nothing() -> None:
    one, other = cluster_schema(_Queue), cluster_schema(_Queue)
    one.labels.new = 1
    assert other.labels == {"a": "b"}


def test_all_maps_of_pods_are_open() -> None:
    schema = cluster_schema(KubernetesSettings)
    maps = [key for key, one in settings_of(KubernetesSettings).items() if one.kinds == ("dict",)]
    assert "pod_template" in maps
    assert all(isinstance(schema[key], DictConfig) for key in maps)
    assert [key for key in maps if OmegaConf.is_struct(schema[key])] == []
