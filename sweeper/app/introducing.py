"""Messages about where attempts will be started, and as which user, before the first attempt."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.clusters import Cluster

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder


def introduce(cluster: Cluster[Any], observers: Observers) -> None:
    """Report where attempts will be started, and as which user; nothing if that is obvious."""
    if identity := cluster.identity():
        observers.say(f"cluster: {identity}")


def introduce_again(folder: SweepFolder, observers: Observers) -> None:
    """Report where an existing sweep is continued; raise UsageError if it belongs to another user."""
    from sweeper.app.owners import require_own  # only now: a new sweep always belongs to this user

    require_own(folder)
    with closing(clusters.of(folder.settings.cluster)) as cluster:
        introduce(cluster, observers)
