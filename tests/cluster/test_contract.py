"""The contract that every backend passes, kept by pods of a real cluster."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sweeper.clusters.base import Backend, Order
from sweeper.clusters.cluster import plain
from sweeper.clusters.kubernetes.backend import KubernetesBackend
from sweeper.clusters.kubernetes.holder import LeaseHolder
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.pods.identity import SweepLabel, labels
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.errors import SupersededError, SweepHeldError
from sweeper.core.model import Attempt, Cause, Phase
from sweeper.core.settings import Settings
from tests.cluster.lab import BUSYBOX, GID, UID, Lab, api_of, until
from tests.clusters.contract import WAIT, BackendContract, finish, let_go, owner, see, wait_for

SHIM = Path(__file__).parents[2] / "sweeper" / "shim.sh"
QUIET = 1.0


class ClusterSite:
    """A namespace in which a sweep may have two pods at a time, and a folder for trials that pods see."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._root = lab.home / "trials"
        self._opened: list[KubernetesBackend] = []
        self._own(self._root)
        self._shim = self._root / "shim.sh"
        shutil.copyfile(SHIM, self._shim)

    @property
    def _settings(self) -> KubernetesSettings:
        return KubernetesSettings(
            kubeconfig=str(self._lab.kubeconfig),
            namespace=self._lab.namespace,
            user="lis",
            uid=UID,
            gid=GID,
            image=BUSYBOX,
            volumes={"cvlabdata2": VolumeSettings("pv-cvlabdata2", "/cvlabdata2")},
            max_parallel=2,
            reserve=0,
            grace=5.0,
        )

    def with_one_at_a_time(self) -> Settings:
        return Settings(cluster=plain(replace(self._settings, max_parallel=1)))

    def open(self, holder: str = "") -> Backend:
        sweep, api = SweepLabel("c0ffee00", "contract"), self._api()
        mine = LeaseHolder(holder or f"lis@{os.uname().nodename}:{os.getpid()}")
        lease = Lease(api, sweep.id, mine, labels(sweep))
        backend = KubernetesBackend(self._settings, sweep, api, lease=lease, in_pod=str)
        self._opened.append(backend)
        backend.open()
        return backend

    def order(self, program: str, trial: int = 0, number: int = 1) -> Order:
        folder = self._root / f"trial-{trial}"
        out = folder / "attempts" / str(number)
        for place in (folder, folder / "attempts", out):
            self._own(place)
        (folder / "command.sh").write_text(program + "\n")
        return Order(Attempt(trial, number), str(self._shim), str(folder), str(out))

    def close(self) -> None:
        for backend in self._opened:
            backend.close()

    def _api(self) -> Api:
        return api_of(self._lab.kubeconfig, self._lab.namespace)

    def _own(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        os.chown(folder, UID, GID)


@pytest.fixture
def site(lab: Lab) -> Iterator[ClusterSite]:
    """A site in a namespace of its own."""
    site = ClusterSite(lab)
    yield site
    site.close()


class TestKubernetes(BackendContract):
    """Pods keep the contract."""

    at_once = False
    failure = Cause.ERROR
    soon = 60.0  # a busy kubelet may take its time to report

    def settle(self, backend: Backend) -> None:
        """Let a second pass in which the cluster tells nothing new."""

        def is_quiet() -> bool:
            backend.observe()
            began = time.monotonic()
            backend.wait(QUIET)
            return time.monotonic() - began >= QUIET

        wait_for(backend, is_quiet)

    def test_a_pod_of_which_nobody_heard_is_found(self, site: ClusterSite, lab: Lab) -> None:
        """A controller that went before it heard of its pod leaves one that the next controller finds."""
        backend, order = site.open(), site.order("exit 0")
        backend.launch(order)
        until(lab.pods)
        backend.close()
        second = site.open()
        uid = second.find(order)
        assert uid == lab.pods()[0]["metadata"]["uid"]
        second.adopt(order, uid)
        assert finish(second, order.attempt).uid == uid

    def test_a_controller_of_another_host_is_refused(self, site: ClusterSite) -> None:
        """Whoever would control the sweep from elsewhere is told who does, until that one has gone."""
        first = site.open("lis@here:1")
        first.observe()
        with pytest.raises(SweepHeldError, match="lis@here:1 controls this sweep"):
            site.open("lis@elsewhere:2")
        first.close()
        site.open("lis@elsewhere:2")

    def test_what_another_host_takes_over_is_let_go(self, site: ClusterSite, lab: Lab) -> None:
        """A controller whose lease has run out and been taken stops at once, without touching a pod."""
        first, order = site.open("lis@here:1"), site.order(WAIT)
        self.start_all(first, order)
        lab.expire_lease()
        second = site.open("lis@elsewhere:2")
        second.adopt(order, owner(order))

        def is_refused() -> bool:
            try:
                first.observe()
            except SupersededError as error:
                return "lis@elsewhere:2 has taken this sweep over" in str(error)
            return False

        until(is_refused)
        assert see(second, order.attempt).phase is Phase.RUNNING
        let_go(order)
        finish(second, order.attempt)
