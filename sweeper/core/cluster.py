"""`cluster`: where the trials run, as plain data. What it means is known to a Cluster alone (clusters/)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LOCAL = "local"
"""The cluster of a sweep that names none: processes on this machine."""


@dataclass(frozen=True)
class ClusterSettings:
    """The section `cluster` as sweep.json has it: the name of a kind of cluster, and that kind's settings.

    `machine` holds what is so on this machine alone. It is not stored: it is given, or worked out, anew.
    """

    backend: str = LOCAL
    data: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data for sweep.json."""
        return {"backend": self.backend, **self.data}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClusterSettings:
        """The settings from plain data; TypeError where the name of the kind is no text."""
        backend = data.get("backend", LOCAL)
        if not isinstance(backend, str):
            raise TypeError(f"backend cannot be {backend!r}")
        return cls(backend, {key: value for key, value in data.items() if key != "backend"})
