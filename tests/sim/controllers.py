"""Controllers of played processes, one at a time: each takes the sweep and lets it go, or dies."""

from __future__ import annotations

import json
from pathlib import Path

from sweeper import engine
from sweeper.core.model import Attempt, Reading, Trial
from sweeper.core.records import Ended, Record, Voided
from sweeper.core.state import State
from sweeper.store.folder import Holding, SweepFolder
from tests.sim.hub import Process
from tests.sim.pods import LateBackend, Pods
from tests.sim.processes import PlayedBackend, Processes


class CrashingStore(Holding):
    """The real folder; its controller may die before or after anything that it writes."""

    world: Processes
    gathered: list[Record]

    @classmethod
    def of(cls, folder: SweepFolder, world: Processes, *, by_force: bool = False) -> CrashingStore:
        """Become the sweep's controller."""
        store = cls.take(folder, by_force=by_force)
        assert isinstance(store, CrashingStore)
        store.world, store.gathered = world, []
        return store

    def append(self, record: Record) -> None:
        super().append(record)
        self.gathered.append(record)

    def flush(self, *, sync: bool = True) -> None:
        self.world.effects("flush", lambda: super(CrashingStore, self).flush(sync=sync))
        self.world.closed.update(one.attempt for one in self.gathered if isinstance(one, Ended | Voided))
        self.gathered.clear()

    def prepare(self, trial: Trial, attempt: Attempt) -> bool:
        return bool(self.world.effects("prepare", lambda: super(CrashingStore, self).prepare(trial, attempt)))

    def claim_void(self, trial: Trial, attempt: Attempt) -> str | None:
        found: str | None = self.world.effects(
            "claim", lambda: super(CrashingStore, self).claim_void(trial, attempt)
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
    age: float | None = None,
) -> State:
    """One controller, from taking the sweep to letting it go (or dying)."""
    world.hub.process = Process()
    store = CrashingStore.of(folder, world, by_force=by_force)
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
