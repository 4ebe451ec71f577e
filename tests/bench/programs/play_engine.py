"""Run the engine over a sweep whose attempts end at once, and print the CPU seconds of that.

python -m tests.bench.programs.play_engine ROOT TRIALS SLOTS [PROFILE]

The sweep folder is real, so are the journal and the trials' folders; no process is ever started.
With PROFILE, a file, it also leaves there what cProfile saw.
"""

from __future__ import annotations

import cProfile
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from sweeper import engine
from sweeper.backends.base import Order, View
from sweeper.core.model import Attempt, ExitRecord, Phase, Sighting, Trial, Value
from sweeper.core.state import ENDS, State
from sweeper.store.folder import Holding, SweepFolder
from tests.world import make_sweep


class Instant:
    """A backend whose attempts have ended by the next look."""

    result_grace = 0.0

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._sightings: dict[Attempt, Sighting] = {}

    def check(self, program: str, code: str) -> None:
        """Everything can run here."""

    def launch(self, order: Order) -> str:
        uid = _uid(order.attempt)
        self._sightings[order.attempt] = Sighting(order.attempt, Phase.ENDED, uid, 0.0, "played")
        return uid

    def adopt(self, order: Order, owner: str) -> None:
        raise NotImplementedError("nothing runs that could be adopted")

    def observe(self) -> View:
        return View(dict(self._sightings), room=self._slots, slots=self._slots)

    def stop(self, attempt: Attempt) -> None:
        raise NotImplementedError("nothing runs that could be stopped")

    def remove(self, attempt: Attempt) -> None:
        del self._sightings[attempt]

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        """Nothing is held."""


class Store(Holding):
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


def _metrics(out: str) -> tuple[Mapping[str, Value], str]:
    return {"loss": 0.5, "accuracy": 0.25}, ""


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
