"""A project with a tiny program, and the real command to be tried on it."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sweeper.cli.main import main
from sweeper.clusters.local import processes
from sweeper.core.model import Status
from sweeper.core.paths import SweepPaths
from sweeper.core.state import State
from sweeper.store import lock
from sweeper.store.folder import SweepFolder
from tests.conftest import wait_until
from tests.forked import Forked

COMMAND = (sys.executable, "-m", "sweeper.cli.main")

CONFIG = """\
defaults: [{cluster: local}, {retry: default}, {experiment: tiny}, _self_]
retry: {budgets: {error: 0}, wait_initial: 0, wait_jitter: 0}
cluster: {max_parallel: 2, grace: 5}
"""
EXPERIMENT = """\
# @package _global_
task: {command: [sh, program.sh, "{args}"], args_style: env}
results: {metric: v}
x: 0
y: 0
"""
QUICK = 'echo "x is $x"; echo "{\\"v\\": $x}" > "$CVSWEEP_OUT/metrics.json"\n'
GATED = f'while [ ! -e "$CVSWEEP_CODE/go" ]; do sleep 0.02; done\n{QUICK}'
"""Waits until the file `go` lies in the project."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


class Tiny:
    """The project in `folder`, where we are; commands run in this process unless they are started."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.sweeps = folder / "sweeps"
        self._capsys = capsys
        self._started: list[Forked] = []
        (folder / "configs" / "experiment").mkdir(parents=True)
        (folder / "configs" / "config.yaml").write_text(CONFIG)
        (folder / "configs" / "experiment" / "tiny.yaml").write_text(EXPERIMENT)
        self.program(QUICK)

    def program(self, text: str) -> None:
        """What every trial runs, by sh."""
        (self.folder / "program.sh").write_text(text)

    def go(self) -> None:
        """Let gated programs go on."""
        (self.folder / "go").touch()

    def run(self, *words: str) -> Said:
        """The command, here and now."""
        self._capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as end:  # argparse's own --help
            code = end.code if isinstance(end.code, int) else 1
        captured = self._capsys.readouterr()
        return Said(code, captured.out, captured.err)

    def start(self, *words: str, **options: Any) -> Forked:
        """The command as a process of its own, its words in the file err."""
        with open(self.folder / "err", "wb") as err:
            process = Forked(words, **{"stdout": err, "stderr": err, **options})
        self._started.append(process)
        return process

    @property
    def err(self) -> str:
        """What the process started last has said so far."""
        return (self.folder / "err").read_text()

    def state(self, name: str = "x") -> State | None:
        """Where a sweep stands; None before it is there."""
        if not (self.sweeps / name / "sweep.json").exists():
            return None
        return State().apply_all(SweepFolder(self.sweeps / name).read().records)

    def count(self, status: Status, name: str = "x") -> int:
        """How many trials of a sweep are in a state; 0 before it is there."""
        state = self.state(name)
        return state.counts[status] if state else 0

    def running(self, name: str = "x") -> int:
        """How many trials of a sweep have an attempt that is known to have started."""
        state = self.state(name)
        return sum(bool(live.uid) for live in state.live.values()) if state else 0

    @property
    def controller(self) -> int:
        """The process that holds the sweep x, or held it last."""
        return int(lock.holder(SweepPaths(str(self.sweeps / "x")))["pid"])

    def rows(self, name: str = "x") -> list[dict[str, Any]]:
        """The table, in the order of the trials."""
        rows = json.loads(self.run("results", name, "-o", "json", "--sort", "trial").out)
        assert isinstance(rows, list)
        return rows

    def alive(self) -> list[processes.Process]:
        """Every live process that works for a sweep of this project."""
        return [one for one in processes.everyone() if f"{self.sweeps}/".encode() in _traces(one.pid)]

    def tree(self) -> dict[str, tuple[int, int]]:
        """Every name below the project, with its size and the time of its last change."""
        found = {}
        for place, folders, files in os.walk(self.folder):
            for name in [*folders, *files]:
                path = os.path.join(place, name)
                stat = os.lstat(path)
                found[path] = (stat.st_size, stat.st_mtime_ns)
        return found

    def stop(self) -> None:
        """Leave nothing behind, what a controller starts while we look included."""
        for process in self._started:
            process.kill()
            process.wait()
        wait_until(lambda: not self._kill())

    def _kill(self) -> list[processes.Process]:
        found = self.alive()
        for one in found:
            processes.send(one, signal.SIGKILL)
        return found


def _traces(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
