"""Controllers of simulated processes, one at a time: each takes the sweep, and lets it go or dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from sweeper import engine
from sweeper.core.model import Attempt, Reading, Trial
from sweeper.core.records import Record
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.retrying import Retrier
from tests.sim.hub import Process
from tests.sim.pods import LateBackend, Pods
from tests.sim.processes import PlayedBackend, Processes


class Unseen:
    """Replaces a Claim if nobody looks who controls the sweep."""

    unsupported = ""

    def turned(self) -> None:
        """Nobody hears of it."""

    def confirm(self, check: Callable[[], object]) -> None:
        """Nobody else is there."""

    def release(self) -> None:
        """Nothing is held."""


class CrashingStore(SweepWriter):
    """The real folder; its controller may die before or after anything that it writes."""

    world: Processes
    gathered: list[Record]
    is_seen = True

    @classmethod
    def of(
        cls, folder: SweepFolder, world: Processes, *, by_force: bool = False, is_seen: bool = True
    ) -> CrashingStore:
        """Become the sweep's controller; without `is_seen` there is no lock, heartbeat or status: faster."""
        store = cls.take(folder, by_force=by_force) if is_seen else cls(folder, Unseen(), Retrier())
        assert isinstance(store, CrashingStore)
        store.world, store.gathered, store.is_seen = world, [], is_seen
        return store

    def check(self) -> None:
        if self.is_seen:
            super().check()

    def write_status(self, snapshot: Snapshot) -> str:
        return super().write_status(snapshot) if self.is_seen else ""

    def append(self, record: Record) -> None:
        super().append(record)
        self.gathered.append(record)

    def flush(self, *, sync: bool = True) -> None:
        self.world.effects("decide" if sync else "note", lambda: self._flush(sync=sync))

    def _flush(self, *, sync: bool) -> None:
        super().flush(sync=sync)
        self.world.journal += self.gathered
        self.gathered.clear()

    def prepare(self, trial: Trial, attempt: Attempt) -> bool:
        return bool(self.world.effects("prepare", lambda: super(CrashingStore, self).prepare(trial, attempt)))

    def claim_abandoned(self, trial: Trial, attempt: Attempt) -> str | None:
        found: str | None = self.world.effects(
            "claim", lambda: super(CrashingStore, self).claim_abandoned(trial, attempt)
        )
        return found

    def remove_request(self, request_id: str) -> None:
        self.world.effects("grant", lambda: super(CrashingStore, self).remove_request(request_id))


def control(
    folder: SweepFolder,
    world: Processes,
    *,
    stop: engine.Control | None = None,
    backend: PlayedBackend | None = None,
    watcher: engine.Watcher | None = None,
    resume: bool = False,
    by_force: bool = False,
    is_seen: bool = True,
    age: float | None = None,
) -> State:
    """One controller, from taking the sweep to letting it go (or dying)."""
    world.hub.process = Process()
    store = CrashingStore.of(folder, world, by_force=by_force, is_seen=is_seen)
    try:
        return engine.run(
            folder.settings,
            backend or (LateBackend(world) if isinstance(world, Pods) else PlayedBackend(world)),
            store,
            world,
            read_played,
            control=stop,
            watcher=watcher,
            resume=resume,
            age=age,
        )
    finally:
        store.release()


def read_played(out: str) -> Reading:
    """The metrics of a played attempt."""
    path = Path(out, "metrics.json")
    try:
        return Reading(json.loads(path.read_text()) if path.exists() else {})
    except ValueError as error:
        return Reading(problem=str(error))


def journal(folder: SweepFolder) -> tuple[Record, ...]:
    """Everything that counts in the journal."""
    return folder.read().records
