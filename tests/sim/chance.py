"""Whole sweeps in which anything can be late, lost or refused, and controllers die, at random."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sweeper import engine, status_updates
from sweeper.clusters.base import LaunchResult, NoCapacity, Order, View
from sweeper.core.model import Attempt, Cause, Phase, Sighting, Status
from sweeper.core.records import Abandoned, Ended, Record
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import State
from sweeper.rate_limits import REFUSED
from sweeper.store.requests import new_request
from tests.builders import make_sweep
from tests.sim import books
from tests.sim.controllers import control
from tests.sim.effects import Fate
from tests.sim.hub import Crash
from tests.sim.pods import LateBackend, Pods
from tests.sim.processes import PlayedBackend, Processes, Run

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None

HANGS = "hangs"
WAYS: Mapping[str, Run] = {
    "completes": Run(metrics={"loss": 1.0}),
    "fails": Run(code=1),
    "is killed by the kernel": Run(code=137, cause=Cause.OOM),
    "is evicted": Run(code=143, evicted=True, cause=Cause.EVICTED),
    "leaves politely": Run(evicted=True),
    "vanishes": Run(code=None),
    "loses its node": Run(code=None, cause=Cause.NODE_LOST),
    "leaves nonsense": Run(garbage=True),
    "leaves nothing": Run(),
    HANGS: Run(seconds=inf),
    "finds no node": Run(waits=inf, stuck=Cause.UNSCHEDULABLE),
    "has no image": Run(waits=inf, stuck=Cause.IMAGE),
}
"""How an attempt can go, and what the backend says of it."""

LOOK_EVERY = 1000.0
"""Seconds; so that a plan that forgets when to look again is noticed."""

MOST = 5_000
"""More controllers than any sweep needs to come to its end."""


class Luck:
    """Decides at random how attempts go; `chance` (0 to 1) is how often something goes wrong."""

    def __init__(self, chance: float, ways: Sequence[str], seed: int) -> None:
        self.random = random.Random(seed)
        self._chance, self._ways = chance, ways

    def fails(self) -> bool:
        """Does something go wrong now?"""
        return self.random.random() < self._chance

    def script(self, attempt: Attempt) -> Run:
        choice, run = self.random.choice, WAYS[self.random.choice(self._ways)]
        return replace(
            run,
            seconds=max(run.seconds if run.seconds == inf else 0.0, choice([0.0, 3.0, 20.0, 90.0])),
            waits=max(run.waits if run.waits == inf else 0.0, choice([0.0, 1.0])),
            lag=choice([0.0, 4.0]),
            on_term=choice([0, 1, None]),
            log=f"boom {attempt.trial}",
            refused="no quota" if self.fails() else "",
        )


class Fates(dict[int, Fate]):
    """When controllers die: at decisions with the given chance, at other effects less often."""

    def __init__(self, luck: Luck, names: Sequence[str]) -> None:
        self._luck, self._names = luck, names

    def get(self, number: int, _: Any = None) -> Any:
        if self._luck.fails() and (self._names[-1] == "decide" or self._luck.random.random() < 0.1):
            return self._luck.random.choice([Fate.BEFORE, Fate.AFTER])
        return None


class Unreliable(PlayedBackend):
    """A backend that may show stale sightings or none, and may refuse launches."""

    result_grace = 5.0

    def __init__(self, world: Processes, luck: Luck) -> None:
        super().__init__(world)
        self._luck, self._capacity, self._blurred = luck, 0, False
        self._looks_until = 0.0
        self._stopped: set[Attempt] = set()

    def launch(self, order: Order) -> LaunchResult:
        self._capacity -= 1
        assert self._capacity >= 0, "I3: more launches than room"
        if self._luck.fails():
            self._looks_until = self.world.now + REFUSED.most
            return NoCapacity()
        return super().launch(order)

    def observe(self) -> View:
        self._blurred = False
        view = super().observe()
        sightings = {attempt: self._late(one) for attempt, one in view.sightings.items() if self._seen()}
        self._capacity = view.capacity if self._seen() else 0
        if any(one.phase in (Phase.ENDED, Phase.REFUSED) for one in sightings.values()):
            self._looks_until = self.world.now + REFUSED.most
        return replace(view, sightings=sightings, capacity=self._capacity)

    def stop(self, attempt: Attempt) -> None:
        assert attempt not in self._stopped, f"{attempt} was asked twice to end"
        self._stopped.add(attempt)
        self._stop(attempt)

    def _stop(self, attempt: Attempt) -> None:
        super().stop(attempt)

    def remove(self, attempt: Attempt) -> None:
        ends = (one.attempt for one in reversed(self.world.journal) if isinstance(one, Ended | Abandoned))
        assert attempt in ends, f"I8: {attempt} was forgotten before its end was durable"
        super().remove(attempt)

    def wait(self, seconds: float) -> None:
        assert seconds > 0, "a wake that has passed"
        if self._blurred or self.world.now < self._looks_until:
            seconds = min(seconds, 0.5 if self._blurred else 5.0)
        happens = seconds < LOOK_EVERY or self.world.hub.next_at < inf
        assert happens, "I14: nothing will ever happen, and the sweep is not finished"
        super().wait(seconds)

    def _seen(self) -> bool:
        seen = not self._luck.fails()
        self._blurred = self._blurred or not seen
        return seen

    def _late(self, one: Sighting) -> Sighting:
        process = self.world.processes.get(one.attempt)
        if one.phase is Phase.ENDED and process and process.uid == one.uid and not self._seen():
            return Sighting(one.attempt, Phase.RUNNING, one.uid, process.since)
        return one


class UnreliablePods(Unreliable, LateBackend):
    """The same for pods: one that waits in vain may turn out to be refused when it is stopped."""

    world: Pods

    def _stop(self, attempt: Attempt) -> None:
        pod = self.world.pods[attempt]
        if pod.run.stuck and pod.made and self._luck.fails():
            pod.run = replace(pod.run, refused="no quota")
        else:
            super()._stop(attempt)


class Sweep:
    """A sweep that has run to its end; a pause is lifted at once.

    `requested` are the kinds of requests, for which trials, and when.
    """

    def __init__(
        self,
        seed: int,
        *,
        kind: type[Processes] = Pods,
        trials: int = 6,
        slots: int = 2,
        chance: float = 0.0,
        ways: Sequence[str] = (),
        limit: float | None = 40.0,
        requested: Sequence[tuple[float, str, tuple[int, ...] | None]] = (),
        settings: Settings | None = None,
    ) -> None:
        random.seed(seed)
        known = [
            way
            for way, run in WAYS.items()
            if (limit or run.seconds < inf) and (issubclass(kind, Pods) or not run.stuck)
        ]
        self.luck = Luck(chance, ways or known, seed)
        self.world = kind(self.luck.script, slots)
        self.world.effects.fates = Fates(self.luck, self.world.effects.names)
        with TemporaryDirectory(dir=MEMORY) as root, _rarely_looking():
            self.folder = make_sweep(Path(root), trials, settings=settings or Settings(), time_limit=limit)
            for when, *request in sorted(requested, key=lambda one: one[0]):
                self.world.hub.after(when, partial(self._request, *request))
            self._requests, self._added = len(requested), self.folder.read().records
            self.state = self._run()
            self.journal = self.folder.read().records

    def _request(self, kind: str, trials: tuple[int, ...] | None) -> None:
        self._requests -= 1
        self.folder.post(new_request(kind, trials))

    def _run(self) -> State:
        world = self.world
        for _ in range(MOST):
            pods = isinstance(world, Pods)
            backend = UnreliablePods(world, self.luck) if pods else Unreliable(world, self.luck)
            try:
                state = control(
                    self.folder, world, backend=backend, watcher=self._check, resume=True, is_seen=False
                )
            except Crash:
                world.hub.run(lambda: False, world.now + 7.0)
                continue
            again = State().apply_all([*self._added, *world.journal])
            assert _reported(state) == _reported(again), "I10: the journal tells another story"
            if not (state.paused or self._requests):
                return state
            if not state.paused:
                world.pass_until(inf)
        raise AssertionError(f"I14: not finished after {MOST} controllers")

    def _check(self, news: Sequence[Record], state: State, at: Snapshot) -> None:
        assert sum(state.counts.values()) == len(state.trials), "I2"
        assert sorted(attempt.trial for attempt in state.live) == [
            index for index, one in enumerate(state.trials) if one.status is Status.RUNNING
        ], "I1"


@contextmanager
def _rarely_looking() -> Iterator[None]:
    """The engine looks again only if it has a reason, so that a missing wake-up is noticed."""
    with patch.object(engine, "LOOK_EVERY", LOOK_EVERY), patch.object(status_updates, "STATUS_EVERY", inf):
        yield


def _reported(state: State) -> list[Any]:
    return [(one.status, one.number, one.spent, one.outcome) for one in state.trials]


def hold(sweep: Sweep, budgets: Mapping[str, int]) -> None:
    """Check the whole journal of a finished sweep, and that nothing runs any more."""
    books.hold(books.wrongs_at_the_end(sweep.journal, budgets))
    assert (sweep.state.live, sweep.world.live) == ({}, [])
    assert not isinstance(sweep.world, Pods) or sweep.world.pods == {}
