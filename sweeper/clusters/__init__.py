"""The clusters on which attempts run: `clusters.of(settings)` returns the cluster of a sweep.

Only this folder knows which clusters there are. What another package needs to provide a cluster of its own is
exported here: see docs/clusters.md.
"""

from typing import TYPE_CHECKING, Any

from sweeper.clusters.cluster import Cluster, plain
from sweeper.clusters.frozen import is_frozen
from sweeper.clusters.registry import of

if TYPE_CHECKING:
    from sweeper.clusters.base import (
        Asked,
        Backend,
        LaunchResult,
        NoCapacity,
        Order,
        Place,
        Requested,
        Started,
        SweepContext,
        View,
    )
    from sweeper.clusters.check import Check, Level

__all__ = [
    "Asked",
    "Backend",
    "Check",
    "Cluster",
    "LaunchResult",
    "Level",
    "NoCapacity",
    "Order",
    "Place",
    "Requested",
    "Started",
    "SweepContext",
    "View",
    "is_frozen",
    "of",
    "plain",
]


def __getattr__(name: str) -> Any:
    """Import the names that only backends need on first use: a dry run of a grid needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sweeper.clusters import base, check

    return getattr(check if name in ("Check", "Level") else base, name)
