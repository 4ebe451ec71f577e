"""A controller that leaves lets go of everything, whatever fails meanwhile; one that is wrong reads again."""

from __future__ import annotations

import logging

import pytest

from sweeper.backoff import Backoff
from sweeper.clusters.kubernetes import backend as module
from sweeper.clusters.kubernetes.actions import Create
from sweeper.clusters.kubernetes.backend import KubernetesBackend
from sweeper.clusters.kubernetes.clock import SystemClock
from sweeper.clusters.kubernetes.events import Answered, Created, Ordered, Sent, Unwanted
from sweeper.clusters.kubernetes.holder import LeaseHolder
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.server import retries
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import StorageError
from tests.clusters.kubernetes.test_calls import ODD
from tests.clusters.kubernetes.tracking import FIRST, made, order, pod_manifest

LEASES = "/apis/coordination.k8s.io/v1/namespaces/lab/leases"
POD = f"/api/v1/namespaces/lab/pods/{made()['metadata']['name']}"


def controlling(api, lease: Lease | None = None, log=lambda record: None) -> KubernetesBackend:
    """A backend whose pod is to be deleted."""
    backend = KubernetesBackend(
        KubernetesSettings(), SweepLabel("abcd", "x"), api, lease=lease, in_pod=lambda path: path, log=log
    )
    for event in (
        Ordered(order(), pod_manifest()),
        Sent(Create(FIRST, pod_manifest())),
        Answered(FIRST, Created(made(phase="Running"))),
        Unwanted(FIRST),
    ):
        module.fold(backend._tracker, event, SystemClock().boot())
    backend._tracker.log.clear()
    return backend


def test_a_log_that_cannot_be_written_keeps_no_lease(server, tmp_path):
    """The next controller need not wait for its end; and what failed is said."""
    there = {"metadata": {"uid": "u", "resourceVersion": "7"}, "spec": {"holderIdentity": "ada@here:1"}}
    server.script("GET", f"{LEASES}/cvsweep-abcd", there)
    for method, path in (("PUT", f"{LEASES}/cvsweep-abcd"), ("DELETE", f"{LEASES}/cvsweep-abcd")):
        server.script(method, path, there)

    def full(*_: object, **__: object) -> None:
        raise StorageError("writing cluster.log: No space left on device")

    api = server.api(tmp_path)
    backend = controlling(api, Lease(api, "abcd", LeaseHolder("ada@here:1"), {}), full)
    backend.claim()
    with pytest.raises(StorageError, match="No space left"):
        backend.close()
    assert server.count("DELETE", LEASES) == 1


def test_whoever_leaves_tries_again_first(server, tmp_path, monkeypatch):
    """A deletion that got an odd answer is asked for again before the controller goes."""
    monkeypatch.setattr(retries, "REST", Backoff(0.02, 0.02, chance=1.0))
    server.script("DELETE", POD, *ODD, {})
    controlling(server.api(tmp_path)).close()
    assert server.count("DELETE") == len(ODD) + 1


def test_whoever_leaves_does_not_try_for_ever(server, tmp_path, monkeypatch):
    """An outage may last longer."""
    monkeypatch.setattr(retries, "REST", Backoff(0.02, 0.02, chance=1.0))
    monkeypatch.setattr(module, "_LEAVING", 0.2)
    server.script("DELETE", POD, ODD[0])
    controlling(server.api(tmp_path)).close()
    assert server.count("DELETE") > 1


def test_what_contradicts_itself_is_logged_once_and_read_again(server, tmp_path, caplog, monkeypatch):
    """Nothing is decided by it until the cluster has been read, and people see why."""
    backend = controlling(server.api(tmp_path))
    reads: list[bool] = []
    monkeypatch.setattr(backend._executor, "relist", lambda: reads.append(True))
    backend._tracker.by_uid.clear()
    with caplog.at_level(logging.ERROR, "sweeper"):
        for _ in range(2):
            view = backend.observe()
            assert not view.idle
            assert view.messages == (
                "this controller's view of its pods contradicts itself:"
                " it reads the cluster again before it decides anything",
            )
    assert len(reads) == 1
    (record,) = caplog.records
    assert "its pod is not in the index" in record.message
    assert server.count("DELETE") == 0
    backend._tracker.deletions.clear()
    backend.close()


def test_a_contradiction_that_comes_back_keeps_no_sweep_waiting(server, tmp_path, monkeypatch):
    """Whatever else contradicts itself within a minute, the cluster is not read again for it."""
    backend = controlling(server.api(tmp_path))
    reads: list[bool] = []
    monkeypatch.setattr(backend._executor, "relist", lambda: reads.append(True))
    now = SystemClock().boot()
    found = iter([["one"], ["another"], ["a third"], ["a fourth"]])
    monkeypatch.setattr(module, "validate", lambda tracker: next(found))
    assert [backend._is_broken(now + seconds) for seconds in (0.0, 1.0, 59.0, 61.0)] == [
        True,
        False,
        False,
        True,
    ]
    assert len(reads) == 2
    backend._tracker.deletions.clear()
    backend.close()


def test_a_contradiction_that_stays_is_reported_when_the_minute_is_over(
    server, tmp_path, caplog, monkeypatch
):
    """It came while another had just been told: it is late, and not forgotten."""
    backend = controlling(server.api(tmp_path))
    monkeypatch.setattr(backend._executor, "relist", lambda: None)
    now = SystemClock().boot()
    found = iter([["one"], ["another"], ["another"], ["another"]])
    monkeypatch.setattr(module, "validate", lambda tracker: next(found))
    with caplog.at_level(logging.ERROR, "sweeper"):
        asked = [backend._is_broken(now + seconds) for seconds in (0.0, 1.0, 61.0, 122.0)]
    assert asked == [True, False, True, False]
    assert [record.message.rpartition(": ")[2] for record in caplog.records] == ["one", "another"]
    backend._tracker.deletions.clear()
    backend.close()
