"""A lab in one thread: a cluster, a volume, programs, and controllers that are the product's own.

Nothing of the engine, the backend, the store or the readers is played. What is: time, threads, the
network, the API server with its controllers, the nodes, the programs, and how the volume behaves.
"""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tenacity

from sweeper import clusters, engine
from sweeper.clusters import clock
from sweeper.clusters.kubernetes import backend as backends
from sweeper.clusters.kubernetes import (
    create,
    disposal,
    errands,
    holder,
    lane,
    launching,
    lease,
    neighbours,
    watches,
)
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.pods.identity import SweepLabel, labels
from sweeper.clusters.kubernetes.server import api, inbox, patience, watch, workers
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.checksum import with_checksum
from sweeper.core.errors import CvsweepError
from sweeper.core.model import Attempt, Trial, trial_key
from sweeper.core.presence import NOBODY, Heartbeat, Machine
from sweeper.core.records import Record
from sweeper.core.settings import RetrySettings, Settings, SweepSettings
from sweeper.core.state import ENDS, State
from sweeper.files import atomic, fresh, regular
from sweeper.results.readers import entries, listing, read_metrics
from sweeper.store import (
    attempts,
    claim,
    copies,
    creating,
    folder,
    glance,
    heart,
    heartbeat,
    journal,
    leftovers,
    lock,
    manifest,
    owner,
    preparing,
    presence,
    requests,
    retrying,
    sweep_json,
)
from sweeper.store.folder import Holding, SweepFolder
from sweeper.store.requests import new_request
from tests.sim import hub as hubs
from tests.sim import volume as volumes
from tests.sim.effects import Effects, Fate
from tests.sim.hub import START, Hub, Process
from tests.sim.nodes import Nodes, Way
from tests.sim.server import SLEEP, Json, Server
from tests.sim.volume import Volume
from tests.sim.wire import Network, PlayedApi

_TIMED = (
    clock,
    watches,
    backends,
    create,
    disposal,
    errands,
    lane,
    launching,
    lease,
    neighbours,
    api,
    patience,
    inbox,
    watch,
    workers,
    attempts,
    lock,
    requests,
    glance,
    heart,
    claim,
    retrying,
)
_STORED = (
    atomic,
    attempts,
    claim,
    copies,
    creating,
    entries,
    folder,
    fresh,
    glance,
    heartbeat,
    journal,
    leftovers,
    listing,
    lock,
    owner,
    preparing,
    regular,
    requests,
    sweep_json,
)
_SHM = Path("/dev/shm")

SWEEP = SweepLabel("0123abcd", "played")
Script = Callable[[Attempt], Way]

STRANGER = 4711
"""The number of a user whose sweep it is not."""

MOST_PAUSES = 3


class Clock:
    """The engine's, of one controller: the boot clock, as of every sweep on a cluster."""

    def __init__(self, hub: Hub, process: Process) -> None:
        self._hub, self._process = hub, process

    def monotonic(self) -> float:
        return self._hub.now

    def wall(self) -> float:
        return START + self._hub.now + self._process.ahead


class Controller:
    """One incarnation: what it did, and how it left."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.control = engine.Control()
        self.log: list[Mapping[str, Any]] = []
        self.told: list[str] = []
        self.state: State | None = None
        self.failed: CvsweepError | None = None

    @property
    def is_over(self) -> bool:
        return self.process.dead

    @property
    def left(self) -> str:
        """Why, in a word."""
        if self.failed:
            return str(self.failed)
        return "killed" if self.state is None else "left" if self.state.live else "done"


class PlayedMachine:
    """The process tables of the hosts: each controller is a process of its own, numbered from 1."""

    def __init__(self, *worlds: World) -> None:
        self._worlds, self._hub = worlds, worlds[0].hub

    @property
    def _controllers(self) -> list[Controller]:
        return [one for world in self._worlds for one in world.controllers]

    def here(self) -> Machine:
        process = self._hub.process
        return Machine(process.host if process else "judge", "played")

    def me(self) -> Heartbeat:
        number = next(
            number
            for number, one in enumerate(self._controllers, start=1)
            if one.process is self._hub.process
        )
        place = self.here()
        return Heartbeat(place.boot_id, place.boot_id, place.pid_namespace, number, 0, self._hub.now)

    def is_alive(self, pid: int, start: int) -> bool:
        return not self._controllers[pid - 1].is_over


class World:
    """`script` says how attempts go, `seed` settles all that is left to chance.

    `neighbour` is a sweep that was there before, on the same cluster; `label` tells the two apart.
    """

    def __init__(
        self,
        root: Path,
        *,
        neighbour: World | None = None,
        label: SweepLabel = SWEEP,
        trials: int = 3,
        quota: int = 2,
        script: Script = lambda attempt: Way(),
        seed: int = 0,
        fates: Mapping[int, Fate] | None = None,
        ignored: str = "",
        cluster: Mapping[str, Any] | None = None,
        pause_after: int = 0,
        retry_after: float = 10.0,
        time_limit: float | None = None,
    ) -> None:
        self.label = label
        self.chance = neighbour.chance if neighbour else random.Random(seed)
        self.hub = neighbour.hub if neighbour else Hub()
        self.effects = neighbour.effects if neighbour else Effects(self.hub, fates, ignored)
        self.volume = neighbour.volume if neighbour else Volume(self.hub, self.effects)
        self.server = neighbour.server if neighbour else Server(self.hub, hard=quota)
        self.network = (
            neighbour.network if neighbour else Network(self.hub, self.server, self.effects, self.chance)
        )
        self.controllers: list[Controller] = []
        self.copies: list[str] = []
        self.strangers: list[str] = []
        self.script = script
        self._terms: tuple[tuple[str, int, int], ...] = ()
        self._records: tuple[Record, ...] = ()
        self.reserve = int((cluster or {}).get("reserve", 0))
        self._cluster = KubernetesSettings(
            uid=1, gid=1, namespace="lab", image="i",
            **({"user": "lis", "gpus": 1, "reserve": 0} | dict(cluster or {})),
        )  # fmt: skip
        settings = Settings(
            sweep=SweepSettings(pause_after=pause_after),
            retry=RetrySettings(wait_initial=retry_after, wait_jitter=0.0),
            cluster=clusters.plain(self._cluster),
        )
        self.stand_ins = hubs.stand_ins(self.hub)
        with patch_all(_TIMED, self.stand_ins):
            self.folder = _sweep(root, trials, settings, label, time_limit)
        self.nodes = Nodes(
            self.hub,
            self.server,
            self.volume,
            self.out,
            lambda attempt: self.script(attempt),
            lambda: self.chance.uniform(0.01, 1.0),
            {"node-0": 4, "node-1": 4},
            sweep=label.id,
            beside=neighbour.nodes if neighbour else None,
        )

    # What people do --------------------------------------------------------------------------------

    def start(self, *, host: str = "a", by_force: bool = False) -> Controller:
        """A person types `cvsweep resume` (or the first command of all) on a host."""
        process = Process(f"controller-{len(self.controllers) + 1}", host)
        one = Controller(process)
        process.at_death.append(lambda: self.volume.drop(process))
        self.controllers.append(one)
        self.hub.spawn(process, lambda: self._control(one, by_force=by_force))
        return one

    def wish(self, kind: str, trials: tuple[int, ...] | None = None) -> None:
        """`cvsweep cancel`, `retry`, `stop`, `note` or `set`, on another host."""
        more = {"settings": {"retry.wait_max": 20.0, "cluster.max_parallel": 2}} if kind == "set" else {}
        person = Process("somebody", "c")

        def post() -> None:
            with suppress(CvsweepError):
                term = {"term": self.folder.term()} if kind == "stop" else {}
                self.folder.post(new_request(kind, trials, **more, **term))

        self.hub.spawn(person, post)

    def intrude(self, kind: str) -> None:
        """Another user puts a request for all trials into the sweep's folder."""
        request = new_request(kind)
        data = {"kind": kind, "trials": None, "points": [], "completed": True, "results": {}}
        path = f"{self.folder.paths.requests}/{request.id}.json"
        with open(f"{path}.part", "w") as file:
            file.write(json.dumps(with_checksum(data)))
        os.chown(f"{path}.part", STRANGER, -1)
        os.replace(f"{path}.part", path)
        self.strangers.append(request.id)

    def rival(self, pod: Json) -> None:
        """Another member asks for a pod, and gets it or not."""
        with suppress(api.ApiError):
            self.server.handle("POST", "/namespaces/lab/pods", pod)

    def copy(self, pod: Json, how: str) -> None:
        """Another member copies the YAML of one of our pods, whatever has become of it, to look around.

        The copy has `another` name, that of the `next` attempt or the `same` one, if that is free.
        """
        metadata, spec = pod["metadata"], copy.deepcopy(pod["spec"])
        name, labels = metadata["name"], dict(metadata["labels"])
        match how:
            case "another":
                name += f"-debug-{len(self.copies)}"
            case "next":
                number = int(labels["cvsweep/attempt"]) + 1
                name, labels["cvsweep/attempt"] = f"{name.rpartition('-')[0]}-{number}", str(number)
        spec.pop("nodeName", None)
        spec["containers"][0]["command"] = SLEEP
        body = {"metadata": {**metadata, "name": name, "labels": labels}, "spec": spec}
        with suppress(api.ApiError):
            self.copies.append(self.server.handle("POST", "/namespaces/lab/pods", body)["metadata"]["uid"])

    def heal(self) -> None:
        """Nothing goes wrong any more, and the others have gone home."""
        network, server, volume = self.network, self.server, self.volume
        network.faults.clear()
        network.reads.clear()
        network.denials = 0
        network.down, network.lines = False, "whole"
        volume.full, volume.stale, volume.away, volume.sick = False, 0, 0, volumes.well
        server.lag, server.counts_after = 0.0, 0.05
        for node in self.nodes.nodes.values():
            node.rejects = False
            self.nodes.find(node.name)
        server.set_hard(4)
        for pod in server.pods():
            if "rival" in pod["metadata"]["name"] or pod["metadata"]["uid"] in self.copies:
                server.drop(pod)
        self.script = lambda attempt: Way()
        self.nodes.let_go()

    @property
    def living(self) -> list[Controller]:
        """Those that run, or are frozen."""
        return [one for one in self.controllers if not one.is_over]

    # Time --------------------------------------------------------------------------------------------

    def run(self, seconds: float, until: Callable[[], object] = lambda: False) -> bool:
        """Let it pass; True where the condition came to hold meanwhile."""
        return self.hub.run(until, self.hub.now + seconds)

    def finish(self, within: float = 50_000.0) -> State:
        """Start a controller wherever there is none, until the sweep is done; the state it comes to."""
        limit, most = self.hub.now + within, len(self.controllers) + 50
        while True:
            assert len(self.controllers) < most, f"one controller after another: {self.story()}"
            if not self.living:
                if self._is_done():
                    return self.state()
                self.start()
            assert self.hub.run(lambda: not self.living, limit), f"not done within {within} s: {self.story()}"
            self.run(5.0)

    def finish_whatever_pauses(self) -> State:
        """The same; a sweep that has paused is resumed."""
        state = self.finish()
        for _ in range(MOST_PAUSES):
            if not state.paused:
                break
            self.start()
            state = self.finish()
        return state

    def _is_done(self) -> bool:
        last = next((one for one in reversed(self.controllers) if one.state or one.failed), None)
        if not last or not last.state:
            return False
        state = self.state()
        return not state.live and (bool(state.paused) or all(one.status in ENDS for one in state.trials))

    def close(self) -> None:
        """Nothing goes on after the end of a history."""
        for one in self.controllers:
            one.process.die()
            self.hub.bury(one.process)

    # What it came to -----------------------------------------------------------------------------------

    def records(self) -> tuple[Record, ...]:
        """What counts in the journal, as the disk has it."""
        terms = tuple((one.name, *_last_change(one)) for one in os.scandir(self.folder.paths.journal))
        if terms != self._terms:
            self._terms, self._records = terms, SweepFolder(self.folder.paths.folder).read().records
        return self._records

    def durable(self) -> tuple[Record, ...]:
        """Those that a loss of power leaves: where the disk fails, others may be seen for a moment."""
        records, place = self.records(), self.folder.paths.journal
        newest = max(name for name in os.listdir(place) if name.endswith(".jsonl"))
        return records[: len(records) - self.volume.unsynced(f"{place}/{newest}").count(b"\n")]

    def state(self) -> State:
        return State().apply_all(self.records())

    def rows(self) -> list[tuple[Any, ...]]:
        """What the table would say of each trial: state, cause, metrics."""
        return [
            (one.status, one.outcome and one.outcome.cause, one.outcome and dict(one.outcome.metrics))
            for one in self.state().trials
        ]

    def story(self) -> str:
        """Where everything stands, for whoever reads a failure."""
        counts = {status: count for status, count in self.state().counts.items() if count}
        left = [one.left if one.is_over else "lives" for one in self.controllers[-5:]]
        pods = {pod["metadata"]["name"]: pod["status"]["phase"] for pod in self.server.pods()}
        return f"at {self.hub.now:.0f} s {counts}, controllers {left}, pods {pods}"

    def out(self, attempt: Attempt) -> str:
        """The folder of an attempt."""
        return self.folder.paths.trial(make_trial(attempt.trial)).attempt(attempt)

    # -----------------------------------------------------------------------------------------------------

    def _control(self, one: Controller, *, by_force: bool) -> None:
        process = one.process
        try:
            found = SweepFolder(self.folder.paths.folder)
            api = PlayedApi(self.network)
            lease = self._lease(one, api)
            backend = backends.KubernetesBackend(
                self._cluster, self.label, api, lease=lease, in_pod=lambda path: path, log=one.log.append
            )
            with ExitStack() as leaving:
                leaving.callback(backend.close)
                store = Holding.take(
                    found,
                    by_force=by_force,
                    claim=lambda: backend.claim(by_force=by_force),
                    tell=one.told.append,
                    ask=lease.look if lease else lambda: NOBODY,
                )
                closing = leaving.pop_all()
                leaving.callback(store.release)
                leaving.push(closing)
                one.state = engine.run(
                    found.settings,
                    backend,
                    store,
                    Clock(self.hub, process),
                    read_metrics,
                    control=one.control,
                    resume=True,
                )
        except CvsweepError as error:
            one.failed = error
        finally:
            process.die()

    def _lease(self, one: Controller, api: PlayedApi) -> Lease | None:
        if not self._cluster.lease:
            return None
        host, number = one.process.host, self.controllers.index(one)
        mine = holder.Controller(f"lis@{host}:{one.process.name}", f"{host} {number}")
        return Lease(api, self.label.id, mine, labels(self.label), self._is_dead)

    def _is_dead(self, process: str) -> bool:
        """What the process table of the host shows that asks."""
        host, number = process.split()
        return self.hub.process is not None and (
            host == self.hub.process.host and self.controllers[int(number)].is_over
        )


@contextmanager
def simulated(**options: Any) -> Iterator[World]:
    """A world of its own, in whose time the product's modules live until it ends."""
    with side_by_side(options) as (world,):
        yield world


@contextmanager
def side_by_side(*sweeps: Mapping[str, Any]) -> Iterator[tuple[World, ...]]:
    """The same for several sweeps on one cluster; the first one's options are the cluster's."""
    root = Path(tempfile.mkdtemp(dir=_SHM if _SHM.is_dir() else None))
    world = World(root, **sweeps[0])
    others = [World(root, neighbour=world, **options) for options in sweeps[1:]]
    random.seed(world.chance.random())
    timed = world.stand_ins
    stored = volumes.stand_ins(world.volume, random.Random(world.chance.random()))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        stack.enter_context(patch_all(_TIMED, timed))
        stack.enter_context(patch_all(_STORED, stored))
        for module in (claim, presence):
            stack.enter_context(patch.object(module, "machine", PlayedMachine(world, *others)))
        stack.enter_context(patch.object(tenacity, "time", timed["time"]))
        stack.enter_context(patch.object(watches, "Watch", _watch(world.hub)))
        for one in (world, *others):
            stack.callback(one.close)
        yield world, *others


@contextmanager
def patch_all(modules: tuple[Any, ...], stand_ins: Mapping[str, Any]) -> Iterator[None]:
    """Put the stand-ins where the modules have what they stand for."""
    before = []
    for module in modules:
        for name, stand_in in stand_ins.items():
            if name in vars(module) or name == "open":
                before.append((module, name, vars(module).get(name)))
                setattr(module, name, stand_in)
    try:
        yield
    finally:
        for module, name, former in before:
            if former is None:
                delattr(module, name)
            else:
                setattr(module, name, former)


def _last_change(term: os.DirEntry[str]) -> tuple[int, int]:
    seen = term.stat()
    return seen.st_size, seen.st_mtime_ns


def _watch(hub: Hub) -> type[watch.Watch]:
    class PlayedWatch(watch.Watch):
        def start(self) -> None:
            assert hub.process
            hub.spawn(hub.process, self.run)

    return PlayedWatch


def make_trial(seed: int) -> Trial:
    params = {"seed": seed}
    return Trial(seed, trial_key(params, "exec true"), params, "exec true")


def _sweep(
    root: Path, count: int, settings: Settings, label: SweepLabel, time_limit: float | None
) -> SweepFolder:
    made = manifest.Manifest(
        id=label.id, name=label.name, created_at=0.0, user="lis", host="a", version="0", code="/nowhere",
        experiment="", swept=("seed",), settings=settings.to_json(), config={},
    )  # fmt: skip
    made_trials = [replace(make_trial(index), time_limit=time_limit) for index in range(count)]
    return creating.create(root, made, made_trials)
