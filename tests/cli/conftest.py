"""Sweep folders as a controller would have left them, made without one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.model import Attempt, Cause, Outcome
from sweeper.core.records import Ended, Granted, Launched, Launching, Paused, Record
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.core.snapshot import snapshot
from sweeper.core.state import State
from sweeper.snapshot import interpreter
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.builders import make_sweep, make_trial, write_down
from tests.cli.tiny import Tiny


class Sweep:
    """Builds one sweep, a record at a time, and reads it back."""

    def __init__(
        self,
        root: Path,
        name: str,
        params: Sequence[Mapping[str, Any]],
        metric: str | None,
        mode: str | None = "max",
    ) -> None:
        self.folder = make_sweep(
            root,
            [make_trial(i, one, f"python train.py --lr={one['lr']}") for i, one in enumerate(params)],
            settings=Settings(results=ResultsSettings(metric=metric, mode=mode)),
            name=name,
            created_at=time.time(),
            experiment="digits",
            swept=["lr"],
            config={"lr": 0.1},
        )
        self.paths = self.folder.paths

    def write(self, *records: Record) -> Sweep:
        write_down(self.folder, records)
        return self

    def start(self, index: int, number: int = 1, log: bytes | None = b"") -> Sweep:
        attempt, trial = Attempt(index, number), self.state.trials[index].trial
        if log is not None:
            place = Path(self.paths.trial(trial).attempt(attempt))
            place.mkdir(parents=True)
            (place / "log.txt").write_bytes(log)
        return self.write(Launching(attempt, time.time() - 30), Launched(attempt, f"uid{index}", "node-a"))

    def end(self, index: int, number: int = 1, *, again: bool = False, **outcome: Any) -> Sweep:
        facts = {"cause": Cause.COMPLETED, "seconds": 2.0, "ended_at": time.time(), "code": 0, **outcome}
        return self.write(Ended(Attempt(index, number), f"uid{index}", Outcome(**facts), again))

    def completion(self, index: int, **metrics: Any) -> tuple[Record, ...]:
        """The records of a whole attempt, to be written together with others."""
        attempt, now = Attempt(index, 1), time.time()
        outcome = Outcome(Cause.COMPLETED, 2.0, now, 0, metrics=metrics)
        return Launching(attempt, now), Launched(attempt, "uid"), Ended(attempt, "uid", outcome)

    def complete(self, index: int, log: bytes = b"", **metrics: Any) -> Sweep:
        return self.start(index, log=log).end(index, metrics=metrics)

    def fail(self, index: int, error: str, log: bytes = b"") -> Sweep:
        return self.start(index, log=log).end(index, cause=Cause.ERROR, code=1, error=error)

    def cancel(self) -> Sweep:
        return self.write(Granted("w1", "cancel"))

    def pause(self, reason: str) -> Sweep:
        return self.write(Paused(reason))

    def log(self, index: int, number: int = 1) -> Path:
        trial = self.state.trials[index].trial
        return Path(self.paths.trial(trial).attempt(Attempt(index, number))) / "log.txt"

    @property
    def state(self) -> State:
        return State().apply_all(self.folder.read().records)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CVSWEEP_ROOT", raising=False)
    return tmp_path


@pytest.fixture
def sweep(project: Path) -> Callable[..., Sweep]:
    """Makes a sweep in ./sweeps."""

    def make(
        name: str = "digits-x",
        trials: int = 3,
        metric: str | None = "acc",
        mode: str | None = "max",
        params: Sequence[Mapping[str, Any]] | None = None,
    ) -> Sweep:
        given = params or [{"lr": 10.0**-index, "model": "mlp"} for index in range(trials)]
        return Sweep(project / "sweeps", name, given, metric, mode)

    return make


@pytest.fixture
def held() -> Iterator[Callable[[Sweep], SweepWriter]]:
    """Makes a controller of this process hold a sweep until the test ends."""
    holdings: list[SweepWriter] = []

    def hold(sweep: Sweep) -> SweepWriter:
        holdings.append(SweepWriter.take(SweepFolder(sweep.paths.folder)))
        return holdings[-1]

    yield hold
    for writer in holdings:
        writer.release()


@pytest.fixture
def shown(held: Callable[[Sweep], SweepWriter]) -> Callable[..., SweepWriter]:
    """Makes a live controller that has just written its snapshot."""

    def show(sweep: Sweep, slots: int = 4) -> SweepWriter:
        writer = held(sweep)
        writer.write_status(snapshot(sweep.state, time.time(), slots))
        return writer

    return show


@pytest.fixture(scope="session")
def asked_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[int, str, str]]:
    """What an interpreter says of itself, which is always the same beside a project without Python."""
    ask, answers = interpreter._run, dict[object, tuple[int, str, str]]()
    made_here = os.fspath(tmp_path_factory.getbasetemp().parent)

    def run(command: Sequence[str], environment: Mapping[str, str], folder: str) -> tuple[int, str, str]:
        question = [word.replace(os.path.realpath(folder), "") for word in command]
        variables = {name: value for name, value in environment.items() if name != "PYTEST_CURRENT_TEST"}
        key = (*question, *sorted(variables.items()))
        if command[0].startswith(made_here) or any(Path(folder).rglob("*.py")):
            return ask(command, environment, folder)
        if key not in answers or answers[key][0]:
            answers[key] = ask(command, environment, folder)
        return answers[key]

    return run


@pytest.fixture
def tiny(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    asked_once: Callable[..., tuple[int, str, str]],
) -> Iterator[Tiny]:
    """A project with a tiny program, and the real command to be tried on it; nothing of it is left."""
    monkeypatch.setattr(interpreter, "_run", asked_once)
    one = Tiny(project, capsys)
    yield one
    one.stop()
