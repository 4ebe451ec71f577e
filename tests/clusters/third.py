"""A cluster as another package would bring it: processes that see the sweeps under another folder."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sweeper.clusters import Backend, Check, Cluster, Level, NoCapacity, Order, Started, SweepContext, View
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt, Phase, Sighting
from sweeper.core.setting import setting
from sweeper.core.setting_rules import at_least


@dataclass(frozen=True)
class ThirdSettings:
    """`cluster=third`."""

    backend: str = "third"
    slots: int = setting(2, "how many trials at once", at_least(1))
    here: str = setting("/", "the folder of this machine that attempts see")
    there: str = setting("/", "the folder that they see it as")
    grace: float = setting(5.0, "from TERM to KILL", at_least(0, "seconds"))


class ThirdCluster(Cluster[ThirdSettings]):
    """The sweeps lie in `here`, and attempts see them in `there`."""

    name: ClassVar[str] = "third"
    settings_class: ClassVar[type[Any]] = ThirdSettings

    def describe(self) -> str:
        return f"in {self.settings.there}, {self.settings.slots} at a time"

    def path_inside(self, path: str, *, what: str = "sweep.root", writable: bool = True) -> str:
        here, real = os.path.realpath(self.settings.here), os.path.realpath(path)
        if os.path.commonpath([here, real]) != here:
            raise UsageError(f"{what}: {path} does not lie in cluster.here={here}")
        return os.path.normpath(f"{self.settings.there}/{os.path.relpath(real, here)}")

    def checks(self, sweep: SweepContext) -> Iterator[Check]:
        seen = os.path.isdir(self.settings.there)
        level = Level.OK if seen else Level.FAILURE
        yield Check("folder", level, f"{self.settings.there} is {'' if seen else 'not '}there")

    def open(self, sweep: SweepContext) -> Backend:
        return ThirdBackend(self)


@dataclass
class Running:
    uid: str
    pid: int
    since: float
    kill_at: float | None = None

    def is_alive(self) -> bool:
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)  # else it would stay a zombie
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    def send(self, number: int, *, to_all: bool = False) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number) if to_all else os.kill(self.pid, number)


class ThirdBackend:
    """Notes of every attempt beside its folder who runs it, so that the next controller finds it."""

    result_grace = 0.0

    def __init__(self, cluster: ThirdCluster) -> None:
        self._cluster, self._running, self._seen = cluster, dict[Attempt, Running](), 0

    def claim(self, *, by_force: bool = False) -> None:
        """Nobody keeps account of controllers here."""

    def open(self, asked: Any = dict) -> None:
        """It is always ready."""

    def launch(self, order: Order) -> Started | NoCapacity:
        if not self.observe().capacity:
            return NoCapacity()
        uid = f"third:{uuid.uuid4().hex}"
        inside = self._cluster.path_inside
        words = ["sh", inside(order.shim), inside(order.trial_dir), str(order.attempt.number)]
        environment = os.environ | {"CVSWEEP_UID": uid, "CVSWEEP_HOST": "third"}
        pid = os.posix_spawnp("sh", words, environment, setsid=True)
        Path(f"{order.out}.third").write_text(f"{uid} {pid}")
        self._running[order.attempt] = Running(uid, pid, time.monotonic())
        return Started(uid)

    def find(self, order: Order) -> str | None:
        note = Path(f"{order.out}.third")
        return note.read_text().split()[0] if note.exists() else None

    def adopt(self, order: Order, owner: str) -> bool:
        if self.find(order) != owner:
            return False
        pid = int(Path(f"{order.out}.third").read_text().split()[1])
        self._running[order.attempt] = Running(owner, pid, time.monotonic())
        return True

    def observe(self) -> View:
        phases = {attempt: self._phase(one) for attempt, one in self._running.items()}
        slots = self._cluster.settings.slots
        busy = sum(phase is Phase.RUNNING for phase in phases.values())
        self._seen = len(phases) - busy
        seen = {a: Sighting(a, phases[a], one.uid, one.since, "third") for a, one in self._running.items()}
        return View(seen, max(0, slots - busy), slots)

    def _phase(self, one: Running) -> Phase:
        if not one.is_alive():
            return Phase.ENDED
        if one.kill_at is not None and time.monotonic() > one.kill_at:
            one.send(signal.SIGKILL, to_all=True)
        return Phase.RUNNING

    def stop(self, attempt: Attempt) -> None:
        one = self._running[attempt]
        if one.kill_at is None:
            one.kill_at = time.monotonic() + self._cluster.settings.grace
            one.send(signal.SIGTERM)

    def remove(self, attempt: Attempt) -> None:
        self._running.pop(attempt).send(signal.SIGKILL, to_all=True)

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and self._ended() == self._seen:
            time.sleep(min(left, 0.02))

    def close(self) -> None:
        self._running.clear()

    def _ended(self) -> int:
        return sum(not one.is_alive() for one in self._running.values())
