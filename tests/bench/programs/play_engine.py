"""Run the engine over a sweep whose attempts end at once, and print the CPU seconds of that.

python -m tests.bench.programs.play_engine ROOT TRIALS SLOTS [PROFILE]

The sweep folder is real, so are the journal and the trials' folders; no process is ever started.
With PROFILE, a file, it also leaves there what cProfile saw.
"""

from __future__ import annotations

import cProfile
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweeper import engine
from sweeper.core import model
from sweeper.core.model import Attempt, ExitRecord, Phase, Sighting, Trial
from sweeper.core.state import ENDS, State
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.builders import make_sweep

if TYPE_CHECKING:
    from sweeper.clusters.base import Asked, Order, View

# A tree to compare with (against.py) may be older than some of these names.
_base = import_module("sweeper.clusters.base" if find_spec("sweeper.clusters") else "sweeper.backends.base")
_started = getattr(_base, "Started", str)


class Instant:
    """A backend whose attempts have ended by the next look."""

    result_grace = 0.0

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._sightings: dict[Attempt, Sighting] = {}

    def open(self, asked: Asked = dict) -> None:
        """It is always ready."""

    def launch(self, order: Order) -> Any:
        uid = _uid(order.attempt)
        self._sightings[order.attempt] = Sighting(order.attempt, Phase.ENDED, uid, 0.0, "played")
        return _started(uid)

    def find(self, order: Order) -> str | None:
        """No earlier controller has asked for anything."""
        return None

    def adopt(self, order: Order, owner: str) -> bool:
        raise NotImplementedError("nothing runs that could be adopted")

    def observe(self) -> View:
        view: View = _base.View(dict(self._sightings), capacity=self._slots, slots=self._slots)
        return view

    def stop(self, attempt: Attempt) -> None:
        raise NotImplementedError("nothing runs that could be stopped")

    def remove(self, attempt: Attempt) -> None:
        del self._sightings[attempt]

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        """Nothing is held."""


class Store(SweepWriter):
    """The real folder, but for the exit records that no shim has written."""

    def read_exit(self, trial: Trial, attempt: Attempt) -> ExitRecord:
        return ExitRecord(_uid(attempt), 0, False, 1.0, 2.0, 1.7e9, "played")


class Clock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()


def _uid(attempt: Attempt) -> str:
    return f"played:{attempt.trial}:{attempt.number}"


def _metrics(out: str) -> Any:
    metrics = {"loss": 0.5, "accuracy": 0.25}
    # A tree to compare with (against.py) may be older than that class.
    return model.Reading(metrics) if hasattr(model, "Reading") else (metrics, "")


def play(folder: SweepFolder, slots: int) -> State:
    """From taking the sweep to letting it go."""
    store = Store.take(folder)
    try:
        return engine.run(folder.settings, Instant(slots), store, Clock(), _metrics)
    finally:
        store.release()


def main(root: Path, number: int, slots: int, profile: str | None = None) -> None:
    folder = make_sweep(root, number)
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    start = time.process_time()
    state = play(folder, slots)
    used = time.process_time() - start
    if profile:
        profiler.disable()
        profiler.dump_stats(profile)
    assert sum(state.counts[status] for status in ENDS) == number
    print(used)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
