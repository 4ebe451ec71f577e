"""A sweep to be ill-treated: its trials notice themselves when two of them run at once.

They behave as programs do that nobody here wrote: one empties its folder, one leaves a process in a
session of its own, one a daemon, one is an agent that is killed and leaves its ranks. Whatever a trial
starts holds the trial's lock for as long as it lives.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from sweeper.clusters.local import processes
from sweeper.core.model import Status
from sweeper.core.records import Ended
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder
from tests.conftest import wait_until
from tests.sim import books

TRIALS = 30
ROUNDS = int(os.environ.get("CVSWEEP_CHAOS_ROUNDS", "1"))

PROGRAM = """\
import fcntl, json, os, random, signal, sys, time
seed = int(sys.argv[1].partition("=")[2])
folder, out, attempt = (os.environ["CVSWEEP_" + name] for name in ("TRIAL_DIR", "OUT", "ATTEMPT"))
alive = open(folder + "/alive", "a")
try:
    fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    open(folder + "/overlap", "a").write(attempt + chr(10))

def leave_behind(*, forks, deaf):
    if os.fork():
        return
    os.setsid()
    if forks == 2 and os.fork():
        os._exit(0)
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(15)
    # Where the shim was killed, nothing else may be left of the attempt: then it lives as long as this.
    ended = '"is":"ended","trial":%d,"number":%s,' % (seed, attempt)
    journal = folder + "/../../journal/"
    if any(ended in open(journal + name).read() for name in os.listdir(journal)):
        open(folder + "/overlap", "a").write("a child outlived attempt " + attempt + chr(10))
    os._exit(0)

match seed % 5:
    case 1:
        for name in os.listdir(out):
            os.unlink(out + "/" + name)
    case 2:
        leave_behind(forks=1, deaf=seed % 2 == 0)
    case 3:
        leave_behind(forks=2, deaf=seed % 2 == 0)
    case 4 if not os.path.exists(folder + "/killed"):
        leave_behind(forks=1, deaf=True)
        open(folder + "/killed", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
time.sleep(random.uniform(0.02, 0.25))
with open(out + "/metrics.json", "w") as file:
    json.dump({"value": seed, "by": int(attempt)}, file)
"""


class Victim:
    """One sweep in a project of its own, its controllers, and what must hold at the end."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.folder = project / "sweeps" / "x"
        self.controllers: list[subprocess.Popen[bytes]] = []
        (project / "configs").mkdir(parents=True)
        (project / "program.py").write_text(PROGRAM)
        (project / "configs" / "config.yaml").write_text(
            "defaults: [{cluster: local}, {retry: default}, _self_]\nseed: 0\n"
            f"task: {{command: ['{sys.executable}', program.py, '{{args}}']}}\n"
            "sweep: {name: x}\ncluster: {max_parallel: 4, grace: 0.3}\n"
            "retry: {wait_initial: 0.0, wait_jitter: 0.01, budgets: {deleted: 1000}}\n"
        )

    def start(self) -> subprocess.Popen[bytes]:
        """The first controller."""
        return self.command("-m", f"seed=range({TRIALS})")

    def resume(self, *options: str) -> subprocess.Popen[bytes]:
        """The next controller."""
        return self.command("resume", "x", *options)

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        with open(self.project / "log.txt", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "sweeper.cli.main", *words],
                cwd=self.project,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self.controllers.append(process)
        return process

    def log(self) -> str:
        return (self.project / "log.txt").read_text()

    def started(self) -> list[processes.Process]:
        """Every live process of this sweep's attempts."""
        mine = f"{self.folder}/trials/".encode()
        return [process for process in processes.everyone() if mine in _traces(process.pid)]

    def shims(self) -> list[processes.Process]:
        return [process for process in self.started() if b"/shim.sh" in _command(process.pid)]

    def ended(self) -> int:
        """How many trials have ended so far; 0 before the sweep is there."""
        if not (self.folder / "sweep.json").exists():
            return 0
        state = State().apply_all(SweepFolder(self.folder).read().records)
        return state.counts[Status.COMPLETED]

    def check(self) -> None:
        """A row for each trial, each from exactly one attempt; no number used twice; never two at once."""
        folder = SweepFolder(self.folder)
        records = folder.read().records
        state = State().apply_all(records)
        assert state.counts[Status.COMPLETED] == TRIALS == len(state.trials), state.counts
        books.hold(books.wrongs_at_the_end(records, folder.settings.retry.budgets))
        winners = {
            record.attempt.trial: record
            for record in records
            if isinstance(record, Ended) and not record.again
        }
        for one in state.trials:
            winner = winners[one.trial.index]
            assert one.outcome == winner.outcome
            assert winner.outcome.metrics == {"value": one.trial.params["seed"], "by": winner.attempt.number}
        assert not list(self.folder.glob("trials/*/overlap"))
        assert not self.started()

    def stop(self) -> None:
        for process in self.controllers:
            if process.poll() is None:
                process.kill()
            process.wait()
        wait_until(lambda: not self._kill())

    def _kill(self) -> list[processes.Process]:
        found = self.started()
        for process in found:
            processes.send(process, signal.SIGKILL)
        return found


def _traces(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes() + _command(pid)
    except OSError:
        return b""


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
