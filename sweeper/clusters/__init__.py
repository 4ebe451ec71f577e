"""Where attempts run. Everybody asks `clusters.of(settings)`; only this folder knows what it has.

What another package needs to bring a cluster of its own is exported here: see docs/clusters.md.
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
    """What only a backend needs is imported once it is asked for: to look at a grid takes none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sweeper.clusters import base, check

    return getattr(check if name in ("Check", "Level") else base, name)
