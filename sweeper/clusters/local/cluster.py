"""The cluster `local`: processes of this machine."""

from __future__ import annotations

from typing import Any, ClassVar

from sweeper.clusters.cluster import Cluster
from sweeper.clusters.local.settings import LOCAL, LocalSettings


class LocalCluster(Cluster[LocalSettings]):
    """See docs/settings.md."""

    name: ClassVar[str] = LOCAL
    settings_class: ClassVar[type[Any]] = LocalSettings
    runs_here: ClassVar[bool] = True
