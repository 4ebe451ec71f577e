"""Reads the settings of a cluster of pods; finds mistakes that only the API server would report later."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweeper.clusters.kubernetes.pod_file import with_pod_file
from sweeper.clusters.kubernetes.pods.placeholders import check_filled
from sweeper.clusters.kubernetes.queue_kinds import conflict
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.kubernetes.users import refuse_no_root, refuse_unfilled
from sweeper.clusters.kubernetes.volumes import check_paths
from sweeper.core.errors import UsageError
from sweeper.files.sections import read_section


def read_pods(section: Mapping[str, Any], project: Path) -> tuple[KubernetesSettings, tuple[str, ...]]:
    """Return the settings, and messages about a pod file in them.

    Args:
        section: the settings as a user wrote them.
        project: the folder in which a pod file with a relative path is looked up.

    Raises:
        UsageError: a setting is invalid, or two settings contradict each other.
    """
    section, remarks = with_pod_file(section, project)
    settings = read_section("cluster", KubernetesSettings, section)
    check_paths(settings.volumes, shm=settings.shm is not None)
    for name in settings.secrets:
        if name in settings.env:
            raise UsageError(f"cluster.secrets.{name}: cluster.env has this variable too; drop one")
    if other := conflict(settings):
        raise UsageError(f"cluster.queue={settings.queue} and {other} name different queues: drop one")
    if settings.user:  # otherwise it is the login name, which is looked up only before pods are created
        check_filled(settings)
    refuse_unfilled(settings)
    refuse_no_root(settings)
    return settings, remarks
