"""A controller that leaves lets go of everything, whatever fails meanwhile."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.backend import KubernetesBackend
from sweeper.clusters.kubernetes.disposal import Disposal
from sweeper.clusters.kubernetes.holder import Controller
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import StorageError

LEASES = "/apis/coordination.k8s.io/v1/namespaces/lab/leases"


def test_a_log_that_cannot_be_written_keeps_no_lease(server, tmp_path, monkeypatch):
    """The next controller need not wait for its end; and what failed is said."""
    there = {"metadata": {"uid": "u", "resourceVersion": "7"}, "spec": {"holderIdentity": "ada@here:1"}}
    server.script("GET", f"{LEASES}/cvsweep-abcd", there)
    for method, path in (("PUT", f"{LEASES}/cvsweep-abcd"), ("DELETE", f"{LEASES}/cvsweep-abcd")):
        server.script(method, path, there)

    def full(*_: object, **__: object) -> None:
        raise StorageError("writing cluster.log: No space left on device")

    monkeypatch.setattr(Disposal, "send", full)
    api = server.api(tmp_path)
    lease = Lease(api, "abcd", Controller("ada@here:1"), {})
    backend = KubernetesBackend(
        KubernetesSettings(), SweepLabel("abcd", "x"), api, lease=lease, in_pod=lambda path: path
    )
    backend.claim()
    with pytest.raises(StorageError, match="No space left"):
        backend.close()
    assert server.count("DELETE", LEASES) == 1
