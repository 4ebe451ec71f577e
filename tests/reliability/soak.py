"""`python -m tests.reliability.soak`: sweep after sweep on a real cluster while everything goes wrong.

The controller is killed, frozen, started twice, given a clock that jumps and denied its rights; the
parts of the cluster are killed one after the other; the volume fills up and has I/O errors; trials are
cancelled and retried on a host that sees the folder under another path. Another member takes and gives
GPUs, copies our pods with their labels, deletes them (their programs exit with a code of their own) and
deletes leases. It runs as root beside the cluster, disturbs everybody on it, and ends with a
table; the exit code is 1 where anything was lost, ran twice at once, was wrong or was too much.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.table import Table

from sweeper.core.model import Status
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
from tests.cluster.volume import small_volume
from tests.reliability.others import Others, retried

TRIALS = 40

PROGRAM = f"trap 'exit 1' TERM\n{TRIAL}"
"""As torchrun does, it says 1 when it is ended from outside."""

ELSEWHERE = "another-host"

SWEEP = [*QUICK, f"x=range({TRIALS})", "retry.budgets.error=100"]
"""A program that finds the volume full fails, which is no fault of its own."""

MUST_BE_ZERO = ("trials lost", "run twice at once", "rows wrong", "quota exceeded", "pods left")

Fault = Callable[[Controller], Controller]


class Soak:
    """Sweeps in one lab until the time is over; `counts` is what the table shows."""

    def __init__(self, lab: Lab, parts: Parts, work: Workplace, fill: Callable[[bool], None]) -> None:
        self.counts: Counter[str] = Counter()
        self.wrongs: list[str] = []
        self._lab, self._work, self._fill = lab, work, fill
        self._others = Others(lab, parts, self.counts, lambda: self._folder)
        self._chance = work.chance
        self._name = ""
        self._faults = [
            self._kill, self._kill, self._freeze, self._start_two, self._fill_up, self._step,
            self._sicken, self._deny, self._cancel_elsewhere, self._cancel_elsewhere,
        ]  # fmt: skip

    def sweep(self, number: int) -> None:
        """One sweep from its first controller to its audit."""
        self._name = f"s{number}"
        faults = 2 * self._faults  # then its controller is left alone, so that the sweep comes to its end
        self._chance.shuffle(faults)
        self._to_the_end(self._start(), faults)
        while self._cancelled():
            self._to_the_end(self._start("retry", "--cancelled"), [])
        self._audit()

    def _to_the_end(self, controller: Controller, faults: list[Fault]) -> None:
        while not (self._is_over() and controller.process.poll() in (0, 1)):
            if not controller.lives():
                self.counts[f"left with {controller.process.returncode}"] += 1
                controller = self._start()
            self._let_it_work(controller)
            if faults and controller.lives() and self._folder.exists():
                controller = faults.pop()(controller)

    @property
    def _folder(self) -> Path:
        return self._lab.project / "sweeps" / self._name

    def _start(self, verb: str = "resume", *words: str, at: str = "") -> Controller:
        if self._folder.exists():
            return self._work.start(verb, *words, self._name, at=at)
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
        return all(one.status in ENDS for one in self._state().trials)

    def _cancelled(self) -> bool:
        return any(one.status is Status.CANCELLED for one in self._state().trials)

    def _state(self) -> State:
        return State().apply_all(SweepFolder(self._folder).read().records)

    # What goes wrong; each returns the controller that goes on ---------------------------------------

    def _kill(self, controller: Controller) -> Controller:
        controller.kill()
        self.counts["kills"] += 1
        return self._start()

    def _freeze(self, controller: Controller) -> Controller:
        controller.freeze()
        self.counts["freezes"] += 1
        before = terms(self._folder)
        second = self._start("resume", "--take-over", at=self._chance.choice(["", "another-host"]))
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

    def _sicken(self, controller: Controller) -> Controller:
        with self._work.sick():
            time.sleep(self._chance.uniform(0.5, 6.0))
        self.counts["I/O errors"] += 1
        if controller.process.poll() not in (None, 0, 1):
            self.wrongs.append(f"{self._name}: I/O errors ended the controller: {controller.output()[-500:]}")
        return controller

    def _deny(self, controller: Controller) -> Controller:
        self._others.deny_rights(self._chance.uniform(1.0, 15.0))
        return controller

    def _cancel_elsewhere(self, controller: Controller) -> Controller:
        """Cancel a trial, and retry it, on a host that sees the folder under another path and no locks."""
        before, trial = self._taken_there(), str(self._chance.randrange(TRIALS))
        for verb in ("cancel", "retry"):
            if not controller.lives():
                return controller
            other = self._work.start(verb, self._name, trial, at=ELSEWHERE, cwd=elsewhere(self._lab))
            goes_on = self._the_one_of(controller, other)
            self.counts[f"{verb} on another host"] += 1
            if goes_on is other:
                return other
        if self._taken_there() > before and controller.process.poll() not in (0, 1):
            self.wrongs.append(
                f"{self._name}: a verb on another host took the sweep: {other.output()[-500:]}"
            )
        return controller

    def _taken_there(self) -> int:
        """How many terms have begun on the other host."""
        begun = (one.read_text().partition("\n")[0] for one in self._folder.glob("journal/*.jsonl"))
        return sum(f'"host":"{ELSEWHERE}"' in line for line in begun)

    def disturbances(self) -> Iterator[Callable[[Event], None]]:
        """What goes on beside the sweeps."""
        for act in (self._others.kill_parts, self._others.be_rivals):
            yield partial(act, chance=random.Random(self._chance.random()))

    # What came of it ---------------------------------------------------------------------------------

    def _audit(self) -> None:
        findings = audit(self._folder)
        note(findings)
        self.counts["sweeps"] += 1
        self.counts.update(findings.numbers())
        self.wrongs += [f"{self._name}: {wrong}" for wrong in findings.wrongs]
        self.wrongs += [f"{self._name}: {wrong}" for wrong in self._others.wrongs()]
        with suppress(AssertionError):  # those that are on their way out may take their grace
            retried(lambda: until(lambda: not self._others.ours(), 60))
        left = retried(self._others.ours)
        self.counts["pods left"] += len(left)


def elsewhere(lab: Lab) -> Path:
    """Where another host sees the project."""
    return lab.home / "elsewhere"


@contextmanager
def _bound(folder: Path, other: Path) -> Iterator[None]:
    """The folder, and what is mounted in it, can be seen under another path, too."""
    other.mkdir()
    subprocess.run(["mount", "--rbind", folder, other], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-R", "-l", other], check=True)


def soak(kube: Path, script: str, minutes: float, seed: int) -> Soak:
    """All of it, in a namespace of its own."""
    lab, end = Lab(kube, f"soak-{secrets.token_hex(3)}", Path()), time.monotonic() + minutes * 60
    with ExitStack() as stack:
        stack.callback(lab.clear)
        lab.make(quota=8)
        lab.shell_project(PROGRAM)
        fill = stack.enter_context(small_volume(lab, "512m"))
        stack.enter_context(_bound(lab.project, elsewhere(lab)))
        work = stack.enter_context(Workplace(lab, seed))
        found = Soak(lab, Parts(script, kube / "run", lab), work, fill)
        with _meanwhile(*found.disturbances()):
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
