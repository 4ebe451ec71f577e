"""A server whom the kubeconfig trusts, and a sweep that is to run against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sweeper.backoff import Backoff
from sweeper.clusters.kubernetes import backend, create
from sweeper.clusters.kubernetes.quotas import pending
from sweeper.clusters.kubernetes.server import api as door
from sweeper.clusters.kubernetes.server import retries, watch
from sweeper.clusters.kubernetes.server.access import Access
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from tests.clusters.kubernetes import checked
from tests.conftest import PLAYED
from tests.wire.certificates import Authority, make_authority
from tests.wire.server import Server
from tests.wire.sweeping import Sweep


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the whole sweeps with a fault only a share is played here; `tests.reliability wire` plays all."""
    here, shared = Path(__file__).parent, ("test_sweeps.py", "test_watches.py")
    sweeps = [item for item in items if item.path.parent == here and item.path.name in shared]
    left_out = {item for place, item in enumerate(sweeps) if place % round(1 / PLAYED)}
    if left_out:
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr(door, "READ", 0.2)
    monkeypatch.setattr(door, "OVERDUE", 0.2)
    monkeypatch.setattr(watch, "SECONDS", 1)
    monkeypatch.setattr(watch, "SPREAD", 1)
    monkeypatch.setattr(pending, "INFORMER_LAG", 0.2)
    for module in (backend, create):
        monkeypatch.setattr(module, "LATE", 0.2)
    monkeypatch.setattr(retries, "REST", Backoff(0.02, 1.0, chance=1.0))


@pytest.fixture(autouse=True)
def validated(monkeypatch: pytest.MonkeyPatch) -> None:
    """After every event all invariants of the pod tracker hold."""
    monkeypatch.setattr(backend, "fold", checked.fold)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom the kubeconfig trusts."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority: Authority, tmp_path: Path) -> Iterator[Server]:
    """A namespace behind HTTPS."""
    server = Server(authority, tmp_path)
    yield server
    server.close()


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    """The product's door to it."""
    with closing(Api(Access(KubernetesSettings(kubeconfig=str(server.kubeconfig))))) as api:
        yield api


@pytest.fixture
def sweep(server: Server, tmp_path: Path) -> Sweep:
    """A sweep of three trials."""
    return Sweep(server, tmp_path)
