"""Where attempts run. Everybody asks `clusters.of(settings)`; only this folder knows what it has."""

from sweeper.clusters.cluster import Cluster, plain
from sweeper.clusters.frozen import is_frozen
from sweeper.clusters.registry import of

__all__ = ["Cluster", "is_frozen", "of", "plain"]
