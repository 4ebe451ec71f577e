"""A lab in one thread: a cluster, a volume, programs, and controllers that are the product's own.

Nothing of the engine, the backend, the store or the readers is played. What is: time, threads, the
network, the API server with its controllers, the nodes, the programs, and how the volume behaves.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tenacity

from sweeper import clusters
from sweeper.app import contexts, controller
from sweeper.app.observers import Observers
from sweeper.clusters.kubernetes import backend, executor
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.server import access, api, watch
from sweeper.clusters.kubernetes.settings import VolumeSettings
from sweeper.core.errors import CvsweepError
from sweeper.core.model import Attempt
from sweeper.core.records import Record
from sweeper.core.settings import RetrySettings, Settings, SweepSettings
from sweeper.core.state import ENDS, State
from sweeper.store import machine
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request
from tests.builders import make_pods, make_sweep, make_trial
from tests.clusters.kubernetes import checked
from tests.sim import hub as hubs
from tests.sim import volume as volumes
from tests.sim.effects import Effects, Fate
from tests.sim.hub import Hub, Process
from tests.sim.incarnation import Incarnation
from tests.sim.machines import Machines
from tests.sim.modules import STORED, TIMED, patched
from tests.sim.nodes import Nodes, Way
from tests.sim.server import Server
from tests.sim.volume import Volume
from tests.sim.wire import Network, PlayedAccess, PlayedApi

_SHM = Path("/dev/shm")

SWEEP = SweepLabel("0123abcd", "played")
Script = Callable[[Attempt], Way]

MOST_PAUSES = 3


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
        self.controllers: list[Incarnation] = []
        self.copies: list[str] = []
        self.strangers: list[str] = []
        self.script = script
        self._terms: tuple[tuple[str, int, int], ...] = ()
        self._records: tuple[Record, ...] = ()
        self.reserve = int((cluster or {}).get("reserve", 0))
        pods = {"user": "lis", "gpus": 1, "reserve": 0, "volumes": {"lab": VolumeSettings("lab", str(root))}}
        settings = Settings(
            sweep=SweepSettings(pause_after=pause_after),
            retry=RetrySettings(wait_initial=retry_after, wait_jitter=0.0),
            cluster=clusters.plain(make_pods(**(pods | dict(cluster or {})))),
        )
        self.stand_ins = hubs.stand_ins(self.hub)
        with patched(TIMED, self.stand_ins):
            self.folder = make_sweep(
                root, trials, settings=settings, time_limit=time_limit, id=label.id, name=label.name,
                place={"inside": f"{root}/{label.name}"},
            )  # fmt: skip
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

    def start(self, *, host: str = "a", by_force: bool = False) -> Incarnation:
        """A person types `cvsweep resume` (or the first command of all) on a host."""
        process = Process(host)
        one = Incarnation(process)
        process.at_death.append(lambda: self.volume.drop(process))
        self.controllers.append(one)
        self.hub.spawn(process, lambda: self._control(one, by_force=by_force))
        return one

    def request(self, kind: str, trials: tuple[int, ...] | None = None) -> None:
        """`cvsweep cancel`, `retry`, `stop`, `note` or `set`, on another host."""
        more = {"settings": {"retry.wait_max": 20.0, "cluster.max_parallel": 2}} if kind == "set" else {}
        person = Process("c")

        def post() -> None:
            with suppress(CvsweepError):
                term = {"term": self.folder.term()} if kind == "stop" else {}
                self.folder.post(new_request(kind, trials, **more, **term))

        self.hub.spawn(person, post)

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
    def living(self) -> list[Incarnation]:
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

    def _control(self, one: Incarnation, *, by_force: bool) -> None:
        """As the command does it: the product takes the sweep, runs it and lets it go."""
        try:
            folder = SweepFolder(self.folder.paths.folder)
            one.state = controller.Controller(folder, Observers([one.hear]), by_force=by_force).run()
        except CvsweepError as error:
            one.failed = error
        finally:
            one.process.die()


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
    stored = volumes.stand_ins(world.volume, random.Random(world.chance.random()))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        stack.enter_context(patched(TIMED, world.stand_ins))
        stack.enter_context(patched(STORED, stored))
        for one in _patches(world, [world, *others]):
            stack.enter_context(one)
        for sweep in (world, *others):
            stack.callback(sweep.close)
        yield world, *others


def _patches(world: World, all_of_them: list[World]) -> list[Any]:
    """What else is not the product's own: machines, the network, and what is written for people alone."""
    machines = Machines(world.hub)

    def log(*_: object) -> Callable[[Mapping[str, Any]], None]:
        running = (one for each in all_of_them for one in each.controllers)
        return next(one for one in running if one.process is world.hub.process).log.append

    return [
        patch.multiple(machine, here=machines.here, me=machines.me, is_alive=machines.is_alive),
        patch.object(access, "Access", partial(PlayedAccess, world.network)),
        patch.object(api, "Api", PlayedApi),
        patch.object(executor, "Watch", _watch(world.hub)),
        patch.object(backend, "fold", checked.fold),
        patch.object(tenacity, "time", world.stand_ins["time"]),
        patch.object(contexts, "writer", log),
        patch.object(controller, "Summaries", lambda *_: lambda event: None),
        patch.object(controller, "write_table", lambda *_: None),
    ]


def _last_change(term: os.DirEntry[str]) -> tuple[int, int]:
    seen = term.stat()
    return seen.st_size, seen.st_mtime_ns


def _watch(hub: Hub) -> type[watch.Watch]:
    class PlayedWatch(watch.Watch):
        def start(self) -> None:
            assert hub.process
            hub.spawn(hub.process, self.run)

    return PlayedWatch
