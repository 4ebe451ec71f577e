"""`python -m tests.reliability.soak`: sweep after sweep on a real cluster while everything goes wrong.

The controller is killed, frozen, started twice and given a clock that jumps; the parts of the
cluster are killed one after the other; the volume fills up; another member takes and gives GPUs and
deletes our pods. It runs as root beside the cluster, disturbs everybody on it, and ends with a
table; the exit code is 1 where anything was lost, ran twice at once, was wrong or was too much.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Event
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from sweeper.backends.kubernetes.server.api import ApiError, Unreachable
from sweeper.core.state import ENDS, State
from sweeper.store.folder import SweepFolder
from tests.cluster.chaos import (
    QUICK,
    TRIAL,
    Controller,
    Workplace,
    audit,
    note,
    terms,
)
from tests.cluster.lab import Lab, until
from tests.cluster.test_disruptive import Parts
from tests.cluster.test_rival import Rival
from tests.cluster.volume import small_volume

PARTS = ("apiserver", "etcd", "controller-manager", "scheduler", "kubelet")
TRIALS = 40

SWEEP = [*QUICK, f"x=range({TRIALS})", "retry.budgets.error=100"]
"""A program that finds the volume full fails, which is no fault of its own."""

MUST_BE_ZERO = ("trials lost", "run twice at once", "rows wrong", "quota exceeded", "pods left")

T = TypeVar("T")


class Soak:
    """Sweeps in one lab until the time is over; `counts` is what the table shows."""

    def __init__(self, lab: Lab, parts: Parts, work: Workplace, fill: Callable[[bool], None]) -> None:
        self.counts: Counter[str] = Counter()
        self.wrongs: list[str] = []
        self._lab, self._parts, self._work, self._fill = lab, parts, work, fill
        self._chance = work.chance
        self._name = ""
        self._faults = [self._kill, self._kill, self._freeze, self._start_two, self._fill_up, self._step]

    def sweep(self, number: int) -> None:
        """One sweep from its first controller to its audit."""
        self._name = f"s{number}"
        faults = 2 * self._faults  # then its controller is left alone, so that the sweep comes to its end
        self._chance.shuffle(faults)
        controller = self._start()
        while not (self._is_over() and controller.process.poll() in (0, 1)):
            if not controller.lives():
                self.counts[f"left with {controller.process.returncode}"] += 1
                controller = self._start()
            self._let_it_work(controller)
            if faults and controller.lives() and self._folder.exists():
                controller = faults.pop()(controller)
        self._audit()

    @property
    def _folder(self) -> Path:
        return self._lab.project / "sweeps" / self._name

    def _start(self, *words: str, at: str = "") -> Controller:
        if self._folder.exists():
            return self._work.start("resume", *words, self._name, at=at)
        return self._work.start("-m", *SWEEP, f"sweep.name={self._name}")

    def _let_it_work(self, controller: Controller) -> None:
        """Until it has done something; not for ever, as the cluster may be down."""
        with suppress(AssertionError):
            if self._folder.exists():
                self._work.until_it_worked(controller, self._folder, seconds=10)
            else:
                until(lambda: self._folder.exists() or not controller.lives(), 10)

    def _is_over(self) -> bool:
        if not self._folder.exists():
            return False
        state = State().apply_all(SweepFolder(self._folder).read().records)
        return all(one.status in ENDS for one in state.trials)

    # What goes wrong; each returns the controller that goes on ---------------------------------------

    def _kill(self, controller: Controller) -> Controller:
        controller.kill()
        self.counts["kills"] += 1
        return self._start()

    def _freeze(self, controller: Controller) -> Controller:
        controller.freeze()
        self.counts["freezes"] += 1
        before = terms(self._folder)
        second = self._start("--take-over", at=self._chance.choice(["", "another-host"]))
        until(lambda: terms(self._folder) > before or not second.lives())
        self._let_it_work(second)
        controller.wake()
        return self._the_one_of(controller, second)

    def _the_one_of(self, *both: Controller) -> Controller:
        """Who goes on: of two that are there at once one must leave by itself."""
        until(lambda: not all(one.lives() for one in both), what="the end of one")
        return max(both, key=Controller.lives)

    def _start_two(self, controller: Controller) -> Controller:
        controller.kill()
        self.counts["kills"] += 1
        self.counts["double starts"] += 1
        return self._the_one_of(self._start(), self._start())

    def _fill_up(self, controller: Controller) -> Controller:
        self._fill(True)
        self.counts["full volumes"] += 1
        self._let_it_work(controller)
        self._fill(False)
        return controller

    def _step(self, controller: Controller) -> Controller:
        self._work.step(self._chance.choice([-3600, 0, 3600]))
        self.counts["clock steps"] += 1
        return controller

    # What others do ----------------------------------------------------------------------------------

    def kill_parts(self, stop: Event) -> None:
        chance = random.Random(self._chance.random())
        while not stop.wait(chance.uniform(5, 25)):
            with self._parts.stopped(chance.choice(PARTS)):
                self.counts["parts killed"] += 1
                stop.wait(chance.uniform(5, 20))
            _patiently(self._parts.keep_gpus)

    def be_a_rival(self, stop: Event) -> None:
        chance, rival = random.Random(self._chance.random()), Rival(self._lab)
        while not stop.wait(chance.uniform(0.2, 1.5)):
            with suppress(ApiError, Unreachable):
                rival.take_stock()
                take = rival.take if len(rival) < 5 else rival.give_back
                chance.choice((take, take, rival.give_back, lambda: self._delete_one(chance)))()

    def _delete_one(self, chance: random.Random) -> None:
        ours = self._ours()
        if ours and chance.random() < 0.2:
            self._lab.delete(chance.choice(ours))
            self.counts["pods deleted by others"] += 1

    def _ours(self) -> list[dict[str, object]]:
        return self._lab.pods(labelSelector="user=lis")

    # What came of it ---------------------------------------------------------------------------------

    def _audit(self) -> None:
        findings = audit(self._folder)
        note(findings)
        self.counts["sweeps"] += 1
        self.counts.update(findings.numbers())
        self.wrongs += [f"{self._name}: {wrong}" for wrong in findings.wrongs]
        with suppress(AssertionError):  # those that are on their way out may take their grace
            _patiently(lambda: until(lambda: not self._ours(), 60))
        left = _patiently(self._ours)
        self.counts["pods left"] += len(left)


def _patiently(act: Callable[[], T]) -> T:
    """Again and again while the cluster does not answer."""
    deadline = time.monotonic() + 180
    while True:
        try:
            return act()
        except (ApiError, Unreachable):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def soak(kube: Path, script: str, minutes: float, seed: int) -> Soak:
    """All of it, in a namespace of its own."""
    lab, end = Lab(kube, f"soak-{secrets.token_hex(3)}", Path()), time.monotonic() + minutes * 60
    with ExitStack() as stack:
        stack.callback(lab.clear)
        lab.make(quota=8)
        lab.shell_project(TRIAL)
        fill = stack.enter_context(small_volume(lab, "512m"))
        work = stack.enter_context(Workplace(lab, seed))
        found = Soak(lab, Parts(script, kube / "run", lab), work, fill)
        with _meanwhile(found.kill_parts, found.be_a_rival):
            for number in count(1):
                found.sweep(number)
                Console(stderr=True).print(f"{found.counts['sweeps']} sweeps, {found.wrongs or 'all well'}")
                if time.monotonic() > end:
                    return found
    raise AssertionError("never")


@contextmanager
def _meanwhile(*acts: Callable[[Event], None]) -> Iterator[None]:
    """These go on until the end of the block; what they raise is raised there."""
    stop = Event()
    with ThreadPoolExecutor() as threads:
        going = [threads.submit(act, stop) for act in acts]
        try:
            yield
        finally:
            stop.set()
        for one in going:
            one.result()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="tests.reliability.soak", description=(__doc__ or "").split("\n\n")[1]
    )
    home = os.environ.get("KUBE_HOME", Path.home() / ".cache/kube-lab")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kubeconfig-home", type=Path, default=home, help="where the kubeconfigs lie")
    parser.add_argument(
        "--kube", default=os.environ.get("CVSWEEP_KUBE"), help="the script of the cluster's parts"
    )
    asked = parser.parse_args()
    if not asked.kube:
        parser.error("name the script that starts and stops the cluster's parts: --kube or CVSWEEP_KUBE")
    found = soak(Path(asked.kubeconfig_home), asked.kube, asked.minutes, asked.seed)
    table = Table("what", "how many")
    for what, many in found.counts.items():
        table.add_row(what, str(many))
    Console().print(table, *found.wrongs, sep="\n")
    return 1 if found.wrongs or any(found.counts[what] for what in MUST_BE_ZERO) else 0


if __name__ == "__main__":
    sys.exit(main())
