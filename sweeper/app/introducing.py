"""Messages about where attempts will be started, and as which user, before the first one."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.clusters import Cluster

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder


def introduce(cluster: Cluster[Any], observers: Observers) -> None:
    """Say where attempts will be started, and as whom; nothing where that goes without saying."""
    if identity := cluster.identity():
        observers.say(f"cluster: {identity}")


def introduce_again(folder: SweepFolder, observers: Observers) -> None:
    """Say where a sweep that is taken up again goes on."""
    from sweeper.app.owners import require_own  # only now: a new sweep is ours

    require_own(folder)
    with closing(clusters.of(folder.settings.cluster)) as cluster:
        introduce(cluster, observers)
