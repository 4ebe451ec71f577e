"""Control a large sweep whose attempts end a few at a time, and print as JSON what that took.

python -m tests.bench.programs.play_scale ROOT TRIALS SLOTS [MOST_TURNS]

The sweep folder is real, so are the journal and the trials' folders; no process is ever started. All slots
are taken until the last trials run. With MOST_TURNS it leaves after so many turns.

    cpu          seconds of CPU, from taking the sweep to letting it go
    turn         milliseconds of CPU of a turn, the median of those with all slots taken
    idle         the highest memory before the sweep is taken, in MiB: the interpreter and its modules
    taken        the same once the journal has been read and folded
    peak         the same at the end
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from collections import deque
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median

from sweeper import engine
from sweeper.clusters.base import Asked, Order, Started, View
from sweeper.core.model import Attempt, Phase, Reading, Sighting, Trial, trial_key
from sweeper.core.plan import Plan
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import ENDS
from sweeper.stop_flags import Control
from sweeper.store.creating import create
from sweeper.store.folder import SweepFolder
from sweeper.store.manifest import Manifest
from tests.bench.programs.play_engine import Clock, Store, _uid

_ENDING = 10
"""Attempts that end between two turns."""


class Steady:
    """A backend on which the oldest attempts end, a few a turn."""

    result_grace = 0.0

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._running: deque[Attempt] = deque()
        self._sightings: dict[Attempt, Sighting] = {}

    def claim(self, *, by_force: bool = False) -> None:
        """Nobody else wants it."""

    def open(self, asked: Asked = dict) -> None:
        """It is always ready."""

    def launch(self, order: Order) -> Started:
        uid = _uid(order.attempt)
        self._running.append(order.attempt)
        self._sightings[order.attempt] = Sighting(order.attempt, Phase.RUNNING, uid, 0.0, "played")
        return Started(uid)

    def find(self, order: Order) -> str | None:
        """No earlier controller has asked for anything."""
        return None

    def adopt(self, order: Order, owner: str) -> bool:
        raise NotImplementedError("nothing runs that could be adopted")

    def observe(self) -> View:
        capacity = self._slots - len(self._running)
        if not capacity:
            for attempt in islice(self._running, _ENDING):
                self._sightings[attempt] = replace(self._sightings[attempt], phase=Phase.ENDED)
            capacity = _ENDING
        return View(dict(self._sightings), capacity=capacity, slots=self._slots)

    def stop(self, attempt: Attempt) -> None:
        raise NotImplementedError("nothing runs that could be stopped")

    def remove(self, attempt: Attempt) -> None:
        self._running.remove(attempt)
        del self._sightings[attempt]

    def wait(self, seconds: float) -> None:
        """All that is left ends."""
        for attempt in self._running:
            self._sightings[attempt] = replace(self._sightings[attempt], phase=Phase.ENDED)

    def close(self) -> None:
        """Nothing is held."""


def make(root: Path, number: int) -> None:
    """A sweep as a lab makes it: a handful of parameters, a choice, and overrides."""
    settings = replace(Settings(), results=ResultsSettings(metric="val_acc", mode="max"))
    manifest = Manifest(
        id="0123abcd",
        name="large",
        created_at=time.time(),
        user="somebody",
        host="here",
        version="0",
        code=str(root),
        experiment="digits",
        swept=("lr", "seed"),
        settings=settings.to_json(),
        config={},
    )
    create(root, manifest, [_trial(index) for index in range(number)])


def _trial(index: int) -> Trial:
    lr, seed = 1e-3 * (1 + index // 10), index % 10
    params = {"lr": lr, "hidden": 256, "epochs": 40, "batch_size": 32, "momentum": 0.9, "seed": seed}
    choices = {"experiment": "digits", "model": "mlp" if index % 2 else "cnn"}
    command = "exec python experiments/digits.py " + " ".join(f"--{k}={v}" for k, v in params.items())
    key = trial_key(params, command, choices)
    overrides = (f"lr={lr}", f"seed={seed}", f"model={choices['model']}")
    return Trial(index, key, params, command, choices=choices, overrides=overrides)


def _metrics(out: str) -> Reading:
    """As they are read from a file: every time with texts and numbers of their own."""
    loss = random.random()
    return Reading(json.loads(f'{{"epoch": 40, "train_loss": 0.5, "val_loss": {loss}, "val_acc": 0.125}}'))


class Turns:
    """Remembers what each turn of the engine costs."""

    def __init__(self, slots: int, control: Control, most: int | None) -> None:
        self._slots, self._control, self._most = slots, control, most
        self.costs: list[float] = []
        self._turn = engine.Engine.turn
        self.count = 0
        self.taken = 0.0

    def __enter__(self) -> Turns:
        def turn(one: engine.Engine) -> Plan:
            self.taken = self.taken or peak()
            began, live = time.process_time(), len(one.state.live)
            plan = self._turn(one)
            if live == self._slots:
                self.costs.append(time.process_time() - began)
            self.count += 1
            if self._most and self.count >= self._most:
                self._control.leaving = True
            return plan

        engine.Engine.turn = turn  # type: ignore[method-assign]
        return self

    def __exit__(self, *error: object) -> None:
        engine.Engine.turn = self._turn  # type: ignore[method-assign]


def peak() -> float:
    """The highest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(root: Path, number: int, slots: int, most: int | None = None) -> None:
    if child := os.fork():  # the memory that it takes to make a sweep is not the controller's
        assert os.waitpid(child, 0)[1] == 0
    else:
        make(root, number)
        os._exit(0)
    control, idle, start = Control(), peak(), time.process_time()
    folder = SweepFolder(root / "large")
    store = Store.take(folder)
    with Turns(slots, control, most) as turns:
        state = engine.run(
            folder.settings, Steady(slots), store, Clock(), _metrics, control=control, watcher=_watch
        )
    store.release()
    used = time.process_time() - start
    assert most or sum(state.counts[status] for status in ENDS) == number
    turn = 1e3 * median(turns.costs) if turns.costs else None
    print(json.dumps({"cpu": used, "turn": turn, "idle": idle, "taken": turns.taken, "peak": peak()}))


def _watch(news: object, state: object, at: Snapshot) -> None:
    """Somebody watches, as always."""


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
