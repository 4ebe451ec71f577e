"""The cluster `kubernetes`: pods in a namespace that others share.

The Kubernetes client takes up to two seconds to import: it is imported only where the cluster is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

from sweeper.clusters.cluster import Cluster
from sweeper.clusters.kubernetes.settings import KUBERNETES, KubernetesSettings, VolumeSettings
from sweeper.core.sections import stored


class KubernetesCluster(Cluster[KubernetesSettings]):
    """See docs/settings.md."""

    name: ClassVar[str] = KUBERNETES
    settings_class: ClassVar[type[Any]] = KubernetesSettings

    @classmethod
    def read(cls, section: Mapping[str, Any], project: Path) -> tuple[Self, Sequence[str]]:
        from sweeper.clusters.kubernetes.reading import read_pods  # only now: it reads YAML

        settings, remarks = read_pods(section, project)
        return cls(settings), remarks

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        volumes = {name: stored(VolumeSettings, one) for name, one in data.get("volumes", {}).items()}
        return cls(replace(stored(KubernetesSettings, data), volumes=volumes))
