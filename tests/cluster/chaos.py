"""What tests and the soak share: a program that proves its own runs, an auditor, and faults in our hands."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sweeper import clusters
from sweeper.core.model import Status, Trial
from sweeper.core.records import Launching
from sweeper.core.settings import Settings
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from tests.cluster.lab import TINY, Json, Lab, until
from tests.reliability import numbers
from tests.sim import books

GPU = "requests.nvidia.com/gpu"
QUICK = [*TINY, "cluster.probe=false"]

TRIAL = """
read -r who < "$CVSWEEP_OUT/owner"
for tick in 1 2 3 4 5 6 7 8; do echo "$who" >> "$CVSWEEP_CHECKPOINT_DIR/ran"; sleep 0.1; done
echo "{\\"score\\": $((x * x + 7))}" > "$CVSWEEP_OUT/metrics.json"
echo "$who end" >> "$CVSWEEP_CHECKPOINT_DIR/ran"
"""
"""A trial of about a second. Of two that run at once the lines mix; the score follows from x alone."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What an audit saw; each wrong begins with the invariant that it breaks."""

    trials: int
    attempts: int
    wrongs: tuple[str, ...]

    @property
    def lost(self) -> int:
        return self._count("I2")

    @property
    def twice(self) -> int:
        return self._count("I1")

    @property
    def rows_wrong(self) -> int:
        return self._count("I4", "I6", "I7")

    @property
    def exceeded(self) -> int:
        return self._count("I3")

    def numbers(self) -> Mapping[str, int]:
        """The table's, by name."""
        return {
            "trials": self.trials,
            "attempts": self.attempts,
            "trials lost": self.lost,
            "run twice at once": self.twice,
            "rows wrong": self.rows_wrong,
            "quota exceeded": self.exceeded,
        }

    def _count(self, *tags: str) -> int:
        return sum(wrong.startswith(tags) for wrong in self.wrongs)


def audit(folder: str | os.PathLike[str]) -> Findings:
    """Everything that a sweep of TRIAL left, read afterwards: its journal, its trials' files, its log."""
    sweep = SweepFolder(folder)
    records = sweep.read().records
    state = State().apply_all(records)
    wrongs = [*_trials(sweep, state), *books.wrongs(records), *_creates(folder, sweep.settings)]
    return Findings(len(state.trials), sum(isinstance(one, Launching) for one in records), tuple(wrongs))


def _trials(sweep: SweepFolder, state: State) -> Iterator[str]:
    for one in state.trials:
        index = one.trial.index
        lines = _ran(sweep, one.trial)
        runs = [who for who, _ in groupby(line.partition(" ")[0] for line in lines)]
        mixed = [who for who, count in Counter(runs).items() if count > 1]
        if mixed:
            yield f"I1: attempts {mixed} of trial {index} ran beside others of it"
        if one.status is not Status.COMPLETED or one.outcome is None:
            yield f"I2: trial {index} is {one.status}"
            continue
        right = {"score": one.trial.params["x"] ** 2 + 7}
        if one.outcome.metrics != right:
            yield f"I7: trial {index} made {right} and the table says {dict(one.outcome.metrics)}"


def _ran(sweep: SweepFolder, trial: Trial) -> list[str]:
    path = Path(sweep.paths.trial(trial).checkpoints, "ran")
    return path.read_text().splitlines() if path.exists() else []


def _creates(folder: str | os.PathLike[str], settings: Settings) -> Iterator[str]:
    cluster = clusters.of(settings.cluster).settings
    each, reserve = cluster.gpus, cluster.reserve
    for record in log_records(Path(folder, "cluster.log")):
        if record["did"] != "create":
            continue
        if record["room"] < 1:
            yield f"I3: {record['pod']} was asked for without room"
        for counted in record["view"].values() if each else ():
            used, hard = map(int, counted[GPU].split("/"))
            if used + each + min(reserve, hard - each) > hard:
                yield f"I3: {record['pod']} was asked for while {used} of {hard} were used"


def log_records(log: Path) -> Iterator[Json]:
    for line in log.read_text().splitlines() if log.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            continue  # cut short by a kill or a full disk


def note(findings: Findings, **more: int) -> None:
    """Leave the numbers for whoever makes a table of them; `kills` are those of `kills survived`."""
    numbers.note(**findings.numbers(), **{"kills survived": more.pop("kills", 0)}, **more)


def growth(sweep: Path) -> int:
    """How many lines the journal holds but for its headers: work that was done."""
    terms = sorted((sweep / "journal").glob("*.jsonl"))
    return sum(one.read_bytes().count(b"\n") for one in terms) - len(terms)


def terms(sweep: Path) -> int:
    """How many controllers the sweep has had."""
    return len(list((sweep / "journal").glob("*.jsonl")))


@dataclass
class Controller:
    """`cvsweep …` in the background; what it says on stderr goes to a file.

    `isolated`: it is the only child of our process, in a process table of its own.
    """

    process: subprocess.Popen[bytes]
    log: Path
    isolated: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def lives(self) -> bool:
        return self.process.poll() is None

    def wait(self, seconds: float = 240.0) -> int:
        return self.process.wait(seconds)

    def kill(self) -> None:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        for child in children.read_text().split() if self.isolated and self.lives() else []:
            os.kill(int(child), signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)
        until(lambda: Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)


class Workplace:
    """Starts controllers in a lab; none of them outlives the block. `chance` is where the luck comes from.

    A controller `at` another host has that name and sees none of our file locks, as over some
    network file systems; `isolated`, nor does it see our processes, or we see its. The clocks of all of them
    are `step` seconds ahead of the machine's.
    """

    def __init__(self, lab: Lab, seed: int = 0) -> None:
        self.lab, self.chance = lab, random.Random(seed)
        self._started: list[Controller] = []
        self._here, self._there = (
            self._module("here", _CLOCK + _SICK),
            self._module("there", _CLOCK + _SICK + _BLIND),
        )

    def __enter__(self) -> Workplace:
        return self

    def __exit__(self, *args: object) -> None:
        for one in self._started:
            one.kill()

    def step(self, seconds: float) -> None:
        """Set the clock of every controller, those that run included."""
        path = self.lab.home / "step"
        path.with_suffix(".new").write_text(str(seconds))
        path.with_suffix(".new").replace(path)

    @contextmanager
    def sick(self) -> Iterator[None]:
        """Until the end of the block no controller can open, list or rename anything in a sweep: EIO."""
        path = self.lab.home / "sick"
        path.touch()
        try:
            yield
        finally:
            path.unlink()

    def start(self, *words: str, at: str = "", isolated: bool = False, cwd: Path | None = None) -> Controller:
        folder = self._there if at else self._here
        command = [
            word.replace("=", f"={folder}:", 1) if word.startswith("PYTHONPATH=") else word
            for word in self.lab.command(*words)
        ]
        if at:
            processes = ["--pid", "--fork", "--mount-proc"] if isolated else []
            command = ["sh", "-c", 'hostname "$0" && exec "$@"', at, *command]
            command = ["unshare", "--uts", *processes, *command]
        log = self.lab.home / f"said-{len(self._started)}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=cwd or self.lab.project,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
            )
        self._started.append(Controller(process, log, isolated))
        return self._started[-1]

    def kill_at_random(self, controller: Controller, kills: int) -> Controller:
        """Kill it and each that follows it after a few more lines of the journal, or as it takes over."""
        until(self.lab.sweeps, what="the sweep")
        for _ in range(kills):
            self.until_it_worked(controller, self.lab.sweep())
            assert controller.lives(), f"it left by itself: {controller.output()[-2000:]}"
            controller.kill()
            controller = self.start("resume")
        return controller

    def until_it_worked(self, controller: Controller, sweep: Path, seconds: float = 120.0) -> None:
        look: Callable[[Path], int] = self.chance.choice([growth, growth, growth, terms])
        more = self.chance.randint(1, 6) if look is growth else 1
        before = look(sweep)
        until(lambda: look(sweep) >= before + more or not controller.lives(), seconds, "work", every=0.003)

    def _module(self, name: str, text: str) -> Path:
        folder = self.lab.home / name
        folder.mkdir()
        places = {name: str(self.lab.home / name) for name in ("step", "sick")}
        (folder / "sitecustomize.py").write_text(text.format(**places))
        return folder


_CLOCK = """\
import time

_real = time.time


def _stepped():
    try:
        with open({step!r}) as file:
            return _real() + float(file.read())
    except FileNotFoundError:
        return _real()


time.time = _stepped
"""
_SICK = """\
import errno
import os

_stat = os.stat


def _failing(real):
    def call(path, *args, **options):
        if isinstance(path, str) and "/sweeps/" in path:
            try:
                _stat({sick!r})
            except FileNotFoundError:
                pass
            else:
                raise OSError(errno.EIO, "Input/output error", path)
        return real(path, *args, **options)

    return call


for _name in ("open", "stat", "listdir", "replace"):
    setattr(os, _name, _failing(getattr(os, _name)))
"""
_BLIND = """\
import fcntl

fcntl.flock = lambda handle, how: None
"""
