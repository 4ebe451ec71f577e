"""Attempts as processes that end as a script says, and the backend that starts them, in virtual time.

For tests of the engine: the engine and the sweep folder are real, only the processes are simulated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from sweeper.clusters.base import Asked, LaunchResult, NoCapacity, Order, Started, View
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from sweeper.core.records import Record
from tests.sim.effects import Effects
from tests.sim.hub import START, Hub, Process

GRACE = 5.0


@dataclass(frozen=True)
class Run:
    """How one attempt goes: it takes `seconds` and ends with `code`; no `code`: without a record.

    An attempt that is asked to end ends with `on_term` instead. `evicted`: somebody else sends it a TERM.
    Its files can be seen `lag` seconds after its end; `garbage`: its metrics cannot be read.

    Where attempts are asked for, it waits for `waits` seconds before it runs, unless it is `refused`;
    while it waits it is `stuck` for that cause.
    """

    seconds: float = 1.0
    code: int | None = 0
    metrics: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""
    cause: Cause | None = None
    on_term: int | None = 143
    evicted: bool = False
    lag: float = 0.0
    garbage: bool = False
    waits: float = 0.6
    refused: str = ""
    stuck: Cause | None = None


Script = Callable[[Attempt], Run]


@dataclass
class Played:
    """The process of an attempt that has claimed its folder."""

    order: Order
    uid: str
    since: float
    run: Run
    stopped: bool = False
    over: bool = False


class Processes:
    """The processes of one sweep, which outlive every controller.

    `journal` holds the records that controllers have made durable.
    """

    def __init__(self, script: Script = lambda attempt: Run(), slots: int = 2) -> None:
        self.hub = Hub(now=1000.0)
        self.hub.process = Process()
        self.effects = Effects(self.hub, most=100_000)
        self.script = script
        self.slots = slots
        self.processes: dict[Attempt, Played] = {}
        self.launched: list[Attempt] = []
        self.journal: list[Record] = []
        self.most_at_once = 0

    @property
    def now(self) -> float:
        return self.hub.now

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return START + self.now

    @property
    def live(self) -> list[Played]:
        """The processes that have not ended."""
        return [one for one in self.processes.values() if not one.over]

    def start(self, order: Order, uid: str = "") -> str:
        """A process claims its folder as the shim does, once and for all."""
        attempt = order.attempt
        uid = uid or f"uid-{attempt.trial}-{attempt.number}-{len(self.launched)}"
        self.launched.append(attempt)
        owner = Path(order.out, "owner")
        if not owner.exists():
            assert all(one.order.attempt.trial != attempt.trial for one in self.live), f"I1: {attempt}"
            owner.write_text(f"{uid}\n")
            run = self.script(attempt)
            self.processes[attempt] = one = Played(order, uid, self.now, run)
            self._end_after(run.seconds, one)
        self.most_at_once = max(self.most_at_once, len(self.live))
        return uid

    def stop(self, attempt: Attempt) -> None:
        """Send it a TERM."""
        one = self.processes[attempt]
        if not one.over:
            one.stopped = True
            self._end_after(GRACE, one)

    def pass_until(self, moment: float) -> None:
        """Let time pass until something happens, and all that happens then."""
        self.hub.run(lambda: False, min(moment, self.hub.next_at))

    def _end_after(self, seconds: float, one: Played) -> None:
        if seconds < inf:
            self.hub.after(seconds, partial(self._end, one))

    def _end(self, one: Played) -> None:
        if not one.over:
            one.over = True
            code = one.run.on_term if one.stopped else one.run.code
            if code is not None:
                self.hub.after(one.run.lag, partial(self._leave, one, code, self.now))

    def _leave(self, one: Played, code: int, ended_at: float) -> None:
        out, run = Path(one.order.out), one.run
        (out / "log.txt").write_text(run.log)
        if run.metrics or run.garbage:
            (out / "metrics.json").write_text("{" if run.garbage else json.dumps(run.metrics))
        record = {
            "uid": one.uid,
            "code": code,
            "terminated": one.stopped or run.evicted,
            "start": one.since,
            "end": ended_at,
            "host": "played",
        }
        (out / "exit.json").write_text(json.dumps(record) + "\n")


class PlayedBackend:
    """One controller's view of the processes. The tests set what it says beside its sightings."""

    result_grace = 0.0

    def __init__(self, world: Processes) -> None:
        self.world = world
        self.known: dict[Attempt, str] = {}
        self.refuse = 0
        self.messages: tuple[str, ...] = ()
        self.trouble = ""
        self.idle = True

    def open(self, asked: Asked = dict) -> None:
        """It is always ready."""

    def launch(self, order: Order) -> LaunchResult:
        if self.refuse:
            self.refuse -= 1
            return NoCapacity()
        self.known[order.attempt] = self.world.effects("start", lambda: self.world.start(order))
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
            capacity=max(0, self.world.slots - busy),
            slots=self.world.slots,
            messages=self.messages,
            trouble=self.trouble,
            idle=self.idle,
        )

    def _sighting(self, attempt: Attempt, uid: str) -> Sighting:
        process = self.world.processes.get(attempt)
        if process is None or process.uid != uid or process.over:
            cause = process.run.cause if process else None
            return Sighting(attempt, Phase.ENDED, uid, self.world.now, "played", cause)
        return Sighting(attempt, Phase.RUNNING, uid, process.since, "played")

    def stop(self, attempt: Attempt) -> None:
        self.world.effects("stop", lambda: self.world.stop(attempt))

    def remove(self, attempt: Attempt) -> None:
        self.world.effects("remove", lambda: self.known.pop(attempt))

    def wait(self, seconds: float) -> None:
        self.world.pass_until(self.world.now + max(seconds, 0.001))

    def close(self) -> None:
        """Nothing is held."""
