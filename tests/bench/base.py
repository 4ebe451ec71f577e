"""What every benchmark shares: run a command and see its cost, take turns, say what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

T = TypeVar("T")

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
PROGRAMS = HERE / "programs"
CVSWEEP = str(Path(sysconfig.get_path("scripts"), "cvsweep"))

_TIMEOUT = 900.0
_PYTHONS = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


@dataclass(frozen=True)
class Usage:
    """What a command cost, with all processes that it started, in seconds; and what it printed."""

    cpu: float
    wall: float
    output: str = ""

    @property
    def answer(self) -> Any:
        """The last line on stdout, where it is JSON: how a program of ours tells what it measured."""
        return json.loads(self.output.splitlines()[-1])


@dataclass(frozen=True)
class Row:
    """A line of the table: the median of `samples`, and the bound that it should keep, if there is one."""

    benchmark: str
    what: str
    samples: Sequence[float]
    unit: str
    most: float | None = None
    least: float | None = None
    note: str = ""
    failed: bool = False

    @property
    def value(self) -> float | None:
        """None where nothing could be measured; the note says why."""
        return median(self.samples) if self.samples else None

    @property
    def met(self) -> bool | None:
        """Is the target kept? None where there is none."""
        if self.value is None or (self.most is None and self.least is None):
            return None
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "value": self.value, "met": self.met}


class Bench:
    """A place to measure in: `folder` is scratch; `quick` means as little as shows that it works."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self.folder = folder
        self.quick = quick
        self._numbers = count()
        # Neither a surrounding trial nor the shell's own sweeps may be seen from in here. What is imported
        # is compiled once, as where cvsweep is installed, even if Python is told to keep nothing.
        kept = (pair for pair in os.environ.items() if pair[0] not in _PYTHONS)
        self._environment = {name: text for name, text in kept if not name.startswith("CVSWEEP_")}

    def choose(self, full: T, quick: T) -> T:
        """`quick` in a quick run, else `full`."""
        return quick if self.quick else full

    def new_folder(self) -> Path:
        """An empty folder that nobody has used yet."""
        path = self.folder / f"{next(self._numbers):04d}"
        path.mkdir()
        return path

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        codes: Collection[int] = (0,),
        **environment: str,
    ) -> Usage:
        """Run a command to its end, and to that of everything it started; `codes` are its good exit codes."""
        place = self.new_folder()
        report, out, err = place / "report.json", place / "out", place / "err"
        with out.open("w") as stdout, err.open("w") as stderr:
            code = subprocess.run(
                [sys.executable, "-S", "-E", str(HERE / "meter.py"), str(report), *command],
                cwd=cwd or place,
                env={**self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                timeout=_TIMEOUT,
                check=False,
            ).returncode
        if code not in codes:
            raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{err.read_text()[-3000:]}")
        return Usage(**json.loads(report.read_text()), output=out.read_text())

    def program(self, name: str, *arguments: object) -> Usage:
        """Run a program of ours, as a module: it may import the tests' own helpers."""
        module = f"{__package__}.programs.{name}"
        return self.run([sys.executable, "-m", module, *map(str, arguments)], cwd=REPOSITORY)

    def ask(self, name: str, *arguments: object) -> float:
        """The one number that a program of ours prints."""
        return float(self.program(name, *arguments).answer)


def take_turns(variants: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run all variants once, then all again, so that a busy moment of the machine hits each of them."""
    found: dict[str, list[T]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, run in variants.items():
            found[name].append(run())
    return found


def ratios(ones: Sequence[float], others: Sequence[float]) -> list[float]:
    """Round by round, since both were measured close together there."""
    return [one / other for one, other in zip(ones, others, strict=True)]
