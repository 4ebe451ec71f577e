"""Builds the Kubernetes backend of a sweep, with its labels and its lease, from the settings."""

from __future__ import annotations

import os

from sweeper.clusters.base import SweepContext
from sweeper.clusters.kubernetes.backend import KubernetesBackend
from sweeper.clusters.kubernetes.holder import LeaseHolder
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.pods import path_mapping
from sweeper.clusters.kubernetes.pods.identity import SweepLabel, labels
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.files import atomic


def label_of(sweep: SweepContext) -> SweepLabel:
    """Return the identification of the sweep in its pods' labels."""
    return SweepLabel(sweep.id, sweep.name)


def lease(settings: KubernetesSettings, sweep: SweepContext, api: Api) -> Lease | None:
    """Return the lease that names the sweep's controller; None if the settings use none."""
    if not settings.lease:
        return None
    here = os.path.realpath(sweep.folder)
    with atomic.storage(f"looking at {here}"):
        inode = str(os.stat(here).st_ino)
    name = f"{settings.user}@{sweep.controller}"
    mine = LeaseHolder(name, sweep.process, path_mapping.in_pod(settings, here), inode)
    label = label_of(sweep)
    return Lease(api, label.id, mine, labels(label), sweep.is_dead)


def backend(settings: KubernetesSettings, sweep: SweepContext, api: Api) -> KubernetesBackend:
    """Return a backend for one controller."""
    here = sweep.folder
    there = path_mapping.in_pod(settings, os.path.realpath(here))

    def in_pod(path: str) -> str:
        return there + path.removeprefix(here)

    return KubernetesBackend(
        settings,
        label_of(sweep),
        api,
        lease=lease(settings, sweep, api),
        in_pod=in_pod,
        memory_factor=sweep.memory_factor,
        log=sweep.log,
    )
