"""A cluster: one kind of place where attempts run, with the settings that somebody has chosen for it.

Everybody outside of clusters/ asks a Cluster, and knows none by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from sweeper.core.cluster import ClusterSettings
from sweeper.core.sections import stored
from sweeper.files.sections import read_section

S = TypeVar("S")


class Cluster(Generic[S]):
    """One kind of cluster, bound to its settings. A class of its own says what is different there."""

    name: ClassVar[str]
    """What `cluster.backend` says."""

    settings_class: ClassVar[type[Any]]
    """A frozen dataclass of the settings; its field `backend` is the name.

    Each field has its default, its help and its rule (see core/setting.py): from these come the checks of
    `read`, and Hydra's schema `base_NAME`, from which a file in configs/cluster starts.
    """

    runs_here: ClassVar[bool] = False
    """Attempts are processes of this machine, with its files, its programs and its environment."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @classmethod
    def read(cls, section: Mapping[str, Any], project: Path) -> tuple[Self, Sequence[str]]:
        """The cluster from the section of a configuration, and what is to be said about it.

        UsageError where a value is not what it must be. `project` is where relative paths begin.
        """
        return cls(read_section("cluster", cls.settings_class, section)), ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The cluster from sweep.json, which another version may have written. TypeError: see `stored`."""
        return cls(stored(cls.settings_class, data))

    @classmethod
    def keys(cls) -> list[str]:
        """The names of all settings."""
        return [field.name for field in fields(cls.settings_class)]

    def plain(self) -> ClusterSettings:
        """The settings as sweep.json has them."""
        return plain(self.settings)


def plain(settings: Any) -> ClusterSettings:
    """The settings of a cluster as sweep.json has them."""
    return ClusterSettings.from_json(asdict(settings))
