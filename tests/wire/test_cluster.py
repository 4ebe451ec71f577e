"""The cluster `kubernetes` keeps the contract of a cluster, against a server on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.clusters import SweepContext
from sweeper.clusters.kubernetes import backend, lease
from sweeper.clusters.kubernetes.checks import preflight
from sweeper.clusters.kubernetes.cluster import KubernetesCluster
from sweeper.clusters.kubernetes.settings import VolumeSettings
from tests.builders import make_pods
from tests.clusters.contract import ClusterContract
from tests.wire.server import Server


class TestKubernetesCluster(ClusterContract):
    """All but running attempts, which tests/cluster does on a real one."""

    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The server does not know all that is asked before a sweep."""
        monkeypatch.setattr(preflight, "_TIMEOUT", 0.2)
        monkeypatch.setattr(backend, "_FORESEE", 0.2)
        monkeypatch.setattr(lease, "_LOOKING", 0.2)

    @pytest.fixture
    def cluster(self, server: Server, tmp_path: Path) -> KubernetesCluster:
        volumes = {"data": VolumeSettings("data", "/data", str(tmp_path))}
        kubeconfig = str(server.kubeconfig)
        return KubernetesCluster(make_pods(kubeconfig=kubeconfig, volumes=volumes, probe=False))

    @pytest.fixture
    def sweep(self, tmp_path: Path) -> SweepContext:
        (tmp_path / "x").mkdir()
        return SweepContext("0a1b2c3d", "x", str(tmp_path / "x"), controller="here:1")
