"""Who we are and whom we trust, while a sweep goes on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sweeper.clusters.kubernetes import executor, lease
from sweeper.clusters.kubernetes.server import api as door
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.core.errors import BackendError
from tests.conftest import Until
from tests.wire.certificates import Authority, make_authority
from tests.wire.faults import Fault, strike
from tests.wire.server import Server
from tests.wire.sweeping import FAULTLESS, Sweep


@pytest.mark.parametrize("kind", ["WATCH pods", "POST pods", "DELETE pods", "PUT leases"])
def test_a_token_that_is_replaced(
    sweep: Sweep, server: Server, authority: Authority, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a token ends in mid-sweep, the one that the kubeconfig has by then is used."""
    monkeypatch.setattr(lease, "RENEW_EVERY", 0.01)

    def replace() -> None:
        server.token = "second"
        server.introduce(authority)

    server.strikes.append(strike(kind, Fault(meanwhile=replace), (1,)))
    assert sweep.run() == FAULTLESS
    assert server.struck[kind] == 1


def test_nobody_logs_in_for_a_while(
    sweep: Sweep, server: Server, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a token ends and nobody has replaced it, that is said, and the sweep goes on once somebody has."""
    monkeypatch.setattr(door, "RENEW_EVERY", 0.1)
    server.strikes.append(
        strike("POST pods", Fault(meanwhile=lambda: setattr(server, "token", "second")), (2,))
    )
    sweep.report = lambda words: server.introduce(authority) if "Unauthorized" in words else None
    assert sweep.run() == FAULTLESS


def test_two_notice_at_once(server: Server, authority: Authority, api: Api, until: Until) -> None:
    """A request that was refused for a token which another has replaced meanwhile goes through as well."""
    path, renewed = api.path("resourcequotas"), threading.Event()
    server.strikes.append(strike("LIST", Fault(meanwhile=renewed.wait), (1,)))
    with ThreadPoolExecutor() as threads:
        slower = threads.submit(api.get, path)
        until(lambda: server.asked["LIST resourcequotas"])
        server.token = "second"
        server.introduce(authority)
        faster = api.get(path)
        renewed.set()
        assert slower.result() == faster


def test_a_server_that_is_not_trusted(
    sweep: Sweep,
    server: Server,
    authority: Authority,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whose certificate another authority has signed is told nothing; with the right one the sweep runs."""
    monkeypatch.setattr(executor, "_START", 0.5)
    server.introduce(make_authority(tmp_path_factory.mktemp("another")))
    sweep.set(lease=False)
    with pytest.raises(BackendError, match="certificate"):
        sweep.run()
    assert not server.asked
    server.introduce(authority)
    assert sweep.run() == FAULTLESS
