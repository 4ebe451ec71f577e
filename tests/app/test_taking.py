"""Taking a sweep: nothing of it is changed by a command that does not get it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeper import clusters
from sweeper.app.events import Observers
from sweeper.app.taking import taken
from sweeper.clusters.base import SweepContext
from sweeper.clusters.kubernetes.cluster import KubernetesCluster
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import SweepHeldError
from sweeper.core.settings import Settings
from sweeper.store import lock
from sweeper.store.folder import SweepFolder
from tests.builders import make_sweep

PODS = Settings(cluster=clusters.plain(KubernetesSettings(user="ada", lease=False)))


class Backend:
    """Refuses the lease to force alone; once it has it, it cannot let go of everything."""

    def __init__(self, cluster: KubernetesCluster, sweep: SweepContext) -> None:
        self.memory_factor = sweep.memory_factor
        self.claimed = False

    def claim(self, *, by_force: bool = False) -> None:
        if by_force:
            raise SweepHeldError("says the lease")
        self.claimed = True

    def close(self) -> None:
        if self.claimed:
            raise OSError("the volume is in trouble")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepFolder:
    """A sweep on a cluster."""
    monkeypatch.setattr(KubernetesCluster, "open", lambda cluster, sweep: Backend(cluster, sweep))
    return make_sweep(tmp_path, 1, settings=PODS)


def changed() -> Settings:
    return replace(PODS, retry=replace(PODS.retry, memory_factor=77.0))


def test_settings_are_written_once_the_lease_is_ours(folder: SweepFolder) -> None:
    """The backend is made with them all the same; who is refused has changed nothing, and begun no term."""
    before = Path(folder.paths.manifest).read_bytes()
    with pytest.raises(SweepHeldError), taken(folder, Observers(), changed(), {"A": "b"}, by_force=True):
        pass
    assert Path(folder.paths.manifest).read_bytes() == before
    assert folder.read().term == 1
    with suppress(OSError), taken(folder, Observers(), changed(), {"A": "b"}) as (_, backend):
        made: Any = backend
        assert made.memory_factor == 77.0
        assert folder.read().term == 2
    found = SweepFolder(folder.paths.folder)
    assert (found.settings, found.manifest.environment) == (changed(), {"A": "b"})


def test_the_folder_is_let_go_although_the_backend_cannot_be_closed(folder: SweepFolder) -> None:
    """Neither lock nor heartbeat stays."""
    with pytest.raises(OSError, match="trouble"), taken(folder, Observers()):
        pass
    assert not folder.is_held()
    lock.acquire(folder.paths).release()
