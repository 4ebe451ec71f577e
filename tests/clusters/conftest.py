"""A place for local attempts, and a broom for whatever a test leaves running in it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sweeper.clusters.base import Order
from sweeper.clusters.cluster import plain
from sweeper.clusters.local import processes
from sweeper.clusters.local.backend import LocalBackend
from sweeper.clusters.local.settings import LocalSettings
from sweeper.clusters.local.slots import MachineSlots
from sweeper.core.model import Attempt
from sweeper.core.settings import Settings
from sweeper.store import attempts
from tests.conftest import session_of

SHIM = Path(__file__).parents[2] / "sweeper" / "shim.sh"


def has_record(out: str, uid: str) -> bool:
    record = attempts.read_exit(out)
    return record is not None and record.uid == uid


@dataclass
class LocalSite:
    """This machine with two slots, and a folder for trials."""

    root: Path
    machine: MachineSlots = field(default_factory=lambda: MachineSlots(slots=2))
    per_gpu: int = 1
    grace: float = 20.0
    oom_events: str | None = None
    opened: list[LocalBackend] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    @property
    def settings(self) -> LocalSettings:
        locks = str(self.root / "gpu-locks")
        return LocalSettings(grace=self.grace, trials_per_gpu=self.per_gpu, gpu_locks=locks)

    def with_one_at_a_time(self) -> Settings:
        return Settings(cluster=plain(replace(self.settings, max_parallel=1)))

    def open(self, *, gone: Sequence[str] = ()) -> LocalBackend:
        backend = LocalBackend(
            self.settings,
            has_record=has_record,
            machine=self.machine,
            oom_events=self.oom_events,
            gone=gone,
        )
        self.opened.append(backend)
        return backend

    def order(self, program: str, trial: int = 0, number: int = 1) -> Order:
        folder = self.root / f"trial-{trial}"
        out = folder / "attempts" / str(number)
        out.mkdir(parents=True)
        (folder / "command.sh").write_text(program + "\n")
        shutil.copyfile(SHIM, self.root / "shim.sh")
        order = Order(Attempt(trial, number), str(self.root / "shim.sh"), str(folder), str(out))
        self.orders.append(order)
        return order

    def survivors(self) -> list[processes.Process]:
        """Everything that was started for an attempt of this site and still lives."""
        mine = str(self.root)
        return [
            process
            for process in processes.everyone()
            if mine in processes.environment(process.pid).get("CVSWEEP_OUT", "")
            or mine in processes.environment(process.pid).get("LEFT_BY", "")
        ]

    def clear(self) -> None:
        for backend in self.opened:
            backend.close()
        while left := self.survivors():
            for process in left:
                processes.send(process, signal.SIGKILL)
        for order in self.orders:
            with suppress(OSError, ValueError):
                claim = processes.parse_identity(Path(order.out, "owner").read_text())
                os.waitpid(claim.pid, 0)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LocalSite]:
    """A local site, swept clean afterwards."""
    site = LocalSite(tmp_path)
    yield site
    site.clear()


@pytest.fixture
def start_session(tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """Start the shell text as the leader of a session that is not an attempt's; returns its number."""
    started: list[int] = []
    mark = f"LEFT_BY={tmp_path}"

    def start(text: str) -> int:
        started.append(os.posix_spawnp("env", ["env", mark, "sh", "-c", text], os.environ, setsid=True))
        return started[-1]

    yield start
    for pid in started:
        for process in session_of(pid):
            processes.send(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)
