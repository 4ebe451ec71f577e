"""Where attempts run. Everybody asks `clusters.of(settings)`; only this folder knows what it has.

What another package needs to bring a cluster of its own is exported here: see docs/clusters.md.
"""

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
from sweeper.clusters.cluster import Cluster, plain
from sweeper.clusters.frozen import is_frozen
from sweeper.clusters.registry import of

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
