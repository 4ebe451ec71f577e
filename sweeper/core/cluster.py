"""The settings of the section `cluster`, as plain data; only a Cluster (clusters/) interprets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LOCAL = "local"
"""The default cluster: processes on this machine."""


@dataclass(frozen=True)
class ClusterSettings:
    """The section `cluster` as in sweep.json: the name of a kind of cluster, and the settings of that kind.

    `machine` holds the settings for this machine only. They are not stored, but given or determined anew.
    """

    backend: str = LOCAL
    data: Mapping[str, Any] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for sweep.json."""
        return {"backend": self.backend, **self.data}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClusterSettings:
        """Return the settings from plain data; TypeError if the name of the kind is not a text."""
        backend = data.get("backend", LOCAL)
        if not isinstance(backend, str):
            raise TypeError(f"backend cannot be {backend!r}")
        return cls(backend, {key: value for key, value in data.items() if key != "backend"})
