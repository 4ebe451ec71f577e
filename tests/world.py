"""A world to run the engine in: virtual time, and a backend whose attempts end as a script says.

The sweep folder is real, the engine is the product's own; only processes and clocks are played.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity

from sweeper import engine
from sweeper.clusters.base import Asked, LaunchResult, NoCapacity, Order, Requested, Started, View
from sweeper.core.model import Attempt, Cause, Phase, Reading, Sighting, Trial, trial_key
from sweeper.core.records import Record
from sweeper.core.settings import RetrySettings, Settings, SweepSettings
from sweeper.core.state import State
from sweeper.store import retrying
from sweeper.store.creating import create
from sweeper.store.folder import Holding, SweepFolder
from sweeper.store.manifest import Manifest

GRACE = 5.0
ANSWER = 0.7
"""How long the late-answering backend takes to answer."""


class Crash(BaseException):
    """The controller dies here; not an Exception, so that nothing handles it by accident."""


@dataclass(frozen=True)
class Run:
    """How one attempt goes: it takes `seconds` and ends with `code`; no `code`: without a record.

    Where attempts are asked for, it waits for `waits` seconds before it runs, unless it is `refused`;
    while it waits it is `stuck` for that cause.
    """

    seconds: float = 1.0
    code: int | None = 0
    metrics: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""
    cause: Cause | None = None
    waits: float = 0.6
    refused: str = ""
    stuck: Cause | None = None


Script = Callable[[Attempt], Run]


@dataclass
class Played:
    """A process of the played backend."""

    order: Order
    uid: str
    since: float
    ends_at: float
    run: Run
    stopped: bool = False


class World:
    """Time and processes: they outlive every controller."""

    def __init__(self, script: Script = lambda attempt: Run(), slots: int = 2) -> None:
        self.now = 1000.0
        self.script = script
        self.slots = slots
        self.processes: dict[Attempt, Played] = {}
        self.launched: list[Attempt] = []
        self.most_at_once = 0
        self.effects = 0
        self.crash_at: int | None = None
        self.crash_before = False

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1.7e9 + self.now

    def effect(self, do: Callable[[], Any]) -> Any:
        """Everything that a controller does outside of itself passes here, and may be its last."""
        self.effects += 1
        assert self.effects < 10_000, "it does not come to an end"
        last = self.effects == self.crash_at
        if last and self.crash_before:
            raise Crash
        result = do()
        if last:
            raise Crash
        return result

    def start(self, order: Order, uid: str = "") -> str:
        """A process claims its folder as the shim does, once and for all."""
        uid = uid or f"uid-{order.attempt.trial}-{order.attempt.number}-{len(self.launched)}"
        self.launched.append(order.attempt)
        owner = Path(order.out, "owner")
        if not owner.exists():
            owner.write_text(f"{uid}\n")
            run = self.script(order.attempt)
            self.processes[order.attempt] = Played(order, uid, self.now, self.now + run.seconds, run)
        self.most_at_once = max(self.most_at_once, sum(not self.is_over(p) for p in self.processes.values()))
        return uid

    def is_over(self, process: Played) -> bool:
        return self.now >= process.ends_at

    def pass_until(self, moment: float) -> None:
        """Let time pass, and every attempt that ends meanwhile leave its record."""
        ends = [p.ends_at for p in self.processes.values() if not self.is_over(p)]
        self.now = max(self.now, min([moment, *ends]))
        for process in self.processes.values():
            if self.is_over(process):
                self._leave_record(process)

    def _leave_record(self, process: Played) -> None:
        out, run = Path(process.order.out), process.run
        if run.code is None or (out / "exit.json").exists():
            return
        (out / "log.txt").write_text(run.log)
        if run.metrics:
            (out / "metrics.json").write_text(json.dumps(run.metrics))
        record = {
            "uid": process.uid,
            "code": 143 if process.stopped else run.code,
            "terminated": process.stopped,
            "start": process.since,
            "end": process.ends_at,
            "host": "played",
        }
        (out / "exit.json").write_text(json.dumps(record) + "\n")


@dataclass
class Pod:
    """What was asked for: it has a uid from `made_at` on, and begins to run at `starts_at`."""

    order: Order
    made_at: float
    starts_at: float
    run: Run
    uid: str = ""
    begun: bool = False
    ended: bool = False


class LateWorld(World):
    """A world where one asks, and is answered some time later, whether one still listens or not."""

    def __init__(self, script: Script = lambda attempt: Run(), slots: int = 2) -> None:
        super().__init__(script, slots)
        self.pods: dict[Attempt, Pod] = {}
        self.asked: list[Attempt] = []

    def ask(self, order: Order) -> None:
        assert order.attempt not in self.asked, "asked for twice"
        self.asked.append(order.attempt)
        made, run = self.now + ANSWER, self.script(order.attempt)
        self.pods[order.attempt] = Pod(order, made, made + run.waits, run)

    def pass_until(self, moment: float) -> None:
        times = [time for pod in self.pods.values() for time in (pod.made_at, pod.starts_at)]
        super().pass_until(min([moment, *(time for time in times if time > self.now)]))
        for pod in self.pods.values():
            self._move(pod)

    def _move(self, pod: Pod) -> None:
        if self.now < pod.made_at or pod.run.refused or pod.ended:
            return
        trial, number = pod.order.attempt
        pod.uid = pod.uid or f"pod-{trial}-{number}"
        if self.now >= pod.starts_at and not pod.begun:
            pod.begun = True
            self.start(pod.order, pod.uid)

    def end(self, pod: Pod) -> None:
        """What was not made yet never will be; what did not run yet never will."""
        if self.now < pod.made_at:
            pod.made_at, pod.run = self.now, replace(pod.run, refused="it was withdrawn")
        elif not pod.begun:
            pod.ended = True


class PlayedBackend:
    """One controller's view of the world. The tests set what it says beside its sightings."""

    result_grace = 0.0

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: dict[Attempt, str] = {}
        self.refuse = 0
        self.notes: tuple[str, ...] = ()
        self.trouble = ""
        self.clear = True

    def open(self, asked: Asked = dict) -> None:
        """It is always ready."""

    def launch(self, order: Order) -> LaunchResult:
        if self.refuse:
            self.refuse -= 1
            return NoCapacity()
        self.known[order.attempt] = self.world.effect(lambda: self.world.start(order))
        return Started(self.known[order.attempt])

    def find(self, order: Order) -> str | None:
        """What this backend starts is known by its claim alone."""
        return None

    def adopt(self, order: Order, owner: str) -> bool:
        self.known[order.attempt] = owner
        return True

    def observe(self) -> View:
        sightings = {attempt: self._sighting(attempt, uid) for attempt, uid in self.known.items()}
        busy = sum(sighting.phase is not Phase.ENDED for sighting in sightings.values())
        return View(
            sightings,
            room=max(0, self.world.slots - busy),
            slots=self.world.slots,
            notes=self.notes,
            trouble=self.trouble,
            clear=self.clear,
        )

    def _sighting(self, attempt: Attempt, uid: str) -> Sighting:
        process = self.world.processes.get(attempt)
        if process is None or process.uid != uid or self.world.is_over(process):
            cause = process.run.cause if process else None
            return Sighting(attempt, Phase.ENDED, uid, self.world.now, "played", cause)
        return Sighting(attempt, Phase.RUNNING, uid, process.since, "played")

    def stop(self, attempt: Attempt) -> None:
        def do() -> None:
            process = self.world.processes[attempt]
            if not self.world.is_over(process):
                process.stopped = True
                process.ends_at = min(process.ends_at, self.world.now + GRACE)

        self.world.effect(do)

    def remove(self, attempt: Attempt) -> None:
        self.world.effect(lambda: self.known.pop(attempt))

    def wait(self, seconds: float) -> None:
        self.world.pass_until(self.world.now + max(seconds, 0.001))

    def close(self) -> None:
        """Nothing is held."""


class LateBackend(PlayedBackend):
    """One controller's view of a world that answers late. It ends what nobody asked it for or gave it."""

    world: LateWorld

    def launch(self, order: Order) -> LaunchResult:
        self.world.effect(lambda: self.world.ask(order))
        self.known[order.attempt] = ""
        return Requested()

    def find(self, order: Order) -> str | None:
        pod = self.world.pods.get(order.attempt)
        return (pod.uid or None) if pod else None

    def observe(self) -> View:
        for attempt, pod in list(self.world.pods.items()):
            if attempt not in self.known and (pod.uid or pod.run.refused):
                self.world.effect(partial(self.world.pods.pop, attempt))
        view = super().observe()
        strange = self.world.pods.keys() - self.known.keys()
        gone = sum(sighting.phase is Phase.REFUSED for sighting in view.sightings.values())
        return replace(view, room=view.room + gone, clear=view.clear and not strange)

    def _sighting(self, attempt: Attempt, uid: str) -> Sighting:
        pod, now = self.world.pods.get(attempt), self.world.now
        if pod is None or pod.ended or pod.begun:
            return super()._sighting(attempt, uid or (pod.uid if pod else ""))
        if pod.run.refused and now >= pod.made_at:
            return Sighting(attempt, Phase.REFUSED, "", pod.made_at, message=pod.run.refused)
        stuck = pod.run.stuck if pod.uid else None
        return Sighting(attempt, Phase.PENDING, pod.uid, pod.made_at, "", stuck, f"{stuck}!" if stuck else "")

    def stop(self, attempt: Attempt) -> None:
        pod = self.world.pods[attempt]
        if pod.begun:
            super().stop(attempt)
        else:
            self.world.effect(lambda: self.world.end(pod))

    def remove(self, attempt: Attempt) -> None:
        super().remove(attempt)
        self.world.pods.pop(attempt, None)


class CrashingStore(Holding):
    """The real folder; its controller may die before or after anything that it writes."""

    world: World

    def flush(self, *, sync: bool = True) -> None:
        self.world.effect(lambda: super(CrashingStore, self).flush(sync=sync))

    def prepare(self, trial: Trial, attempt: Attempt) -> bool:
        return bool(self.world.effect(lambda: super(CrashingStore, self).prepare(trial, attempt)))

    def claim_void(self, trial: Trial, attempt: Attempt) -> str | None:
        found: str | None = self.world.effect(lambda: super(CrashingStore, self).claim_void(trial, attempt))
        return found

    def remove_request(self, request_id: str) -> None:
        self.world.effect(lambda: super(CrashingStore, self).remove_request(request_id))


def make_sweep(
    root: Path, count: int = 4, *, time_limit: float | None = None, settings: Settings | None = None
) -> SweepFolder:
    """A sweep of `count` trials; their commands are never run."""
    chosen = settings or Settings(
        sweep=SweepSettings(pause_after=0), retry=RetrySettings(wait_initial=10.0, wait_jitter=0.0)
    )
    manifest = Manifest(
        id="0123abcd",
        name="played",
        created_at=0.0,
        user="somebody",
        host="played",
        version="0",
        code="/nowhere",
        experiment="",
        swept=("seed",),
        settings=chosen.to_json(),
        config={},
    )
    trials = [make_trial(index, time_limit) for index in range(count)]
    return create(root, manifest, trials)


def make_trial(seed: int, time_limit: float | None = None) -> Trial:
    """The trial of one seed."""
    params = {"seed": seed}
    return Trial(seed, trial_key(params, "exec true"), params, "exec true", time_limit=time_limit)


def control(
    folder: SweepFolder,
    world: World,
    *,
    stop: engine.Control | None = None,
    backend: PlayedBackend | None = None,
    watcher: engine.Watcher | None = None,
    resume: bool = False,
    by_force: bool = False,
    age: float | None = None,
) -> State:
    """One controller, from taking the sweep to letting it go (or dying)."""
    store = CrashingStore.take(folder, by_force=by_force)
    store.world = world
    try:
        return engine.run(
            folder.settings,
            backend or PlayedBackend(world),
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
    return Reading(json.loads(path.read_text()) if path.exists() else {})


def journal(folder: SweepFolder) -> tuple[Record, ...]:
    """Everything that counts in the journal."""
    return folder.read().records


def play_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries on a volume in trouble: they take no time, and only they move its clock."""
    pauses: list[float] = []
    played = SimpleNamespace(sleep=pauses.append, monotonic=lambda: sum(pauses))
    for module in (retrying, tenacity):
        monkeypatch.setattr(module, "time", played)
    return pauses
