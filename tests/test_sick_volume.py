"""A controller on a volume in trouble: it waits, says so, and stops only for its journal."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweeper import engine
from sweeper.core.errors import StorageError, SupersededError, TransientStorageError
from sweeper.core.model import Status
from sweeper.core.snapshot import Snapshot
from sweeper.store import retrying
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.builders import make_sweep
from tests.disks import pauses as pauses
from tests.sim.controllers import control
from tests.sim.processes import Processes, Run

pytestmark = pytest.mark.usefixtures("pauses")


class Sick:
    """A volume on which some calls fail: `fail(name, ending, times)`; `failed` counts how often they did."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.failed = 0

    def fail(self, name: str, ending: str, times: int = 1, number: int = errno.EIO) -> None:
        """The next `times` calls of the function of `os` for a path with this ending."""
        really: Callable[..., Any] = getattr(os, name)
        left = times

        def failing(path: Any, *words: Any, **more: Any) -> Any:
            nonlocal left
            other = words[0] if name in ("replace", "link") else path
            if left and str(other).endswith(ending):
                left, self.failed = left - 1, self.failed + 1
                raise OSError(number, os.strerror(number), path)
            return really(path, *words, **more)

        self._patch.setattr(os, name, failing)


@pytest.fixture
def sick(monkeypatch: pytest.MonkeyPatch) -> Sick:
    return Sick(monkeypatch)


@pytest.mark.parametrize(
    ("name", "ending", "number"),
    [
        ("listdir", "/journal", errno.EIO),
        ("listdir", "/requests", errno.ESTALE),
        ("mkdir", "/attempts/1", errno.ETIMEDOUT),
        ("open", "/command.sh", errno.EHOSTDOWN),
        ("open", "/exit.json", errno.ENOTCONN),
        ("replace", "/status.json", errno.EREMOTEIO),
    ],
)
def test_one_error_of_the_volume_ends_no_controller(
    tmp_path: Path, sick: Sick, name: str, ending: str, number: int
) -> None:
    """Whatever was being read or made: it is tried again, each trial runs once, and nothing is lost."""
    world = Processes(lambda attempt: Run(metrics={"seed": attempt.trial}))
    folder = make_sweep(tmp_path, 3)
    sick.fail(name, ending, times=3, number=number)
    state = control(folder, world)
    assert sick.failed == 3
    assert state.counts[Status.COMPLETED] == 3
    assert [one.outcome and one.outcome.metrics for one in state.trials] == [
        {"seed": 0},
        {"seed": 1},
        {"seed": 2},
    ]
    assert len(world.launched) == 3


def test_what_the_controller_waits_for_is_shown(tmp_path: Path, sick: Sick) -> None:
    """To whoever watches, and in the status as far as that can be written; not once it is over."""
    shown: list[tuple[str, ...]] = []
    folder = make_sweep(tmp_path, 2)
    sick.fail("listdir", "/requests", times=4)
    control(folder, Processes(), watcher=lambda news, state, at: shown.append(tuple(at.notes)))
    problem = f"reading {folder.paths.requests}: Input/output error"
    assert (retrying.line(problem),) in shown
    assert shown[-1] == ()


def test_a_status_that_cannot_be_written_is_reported_and_has_no_other_consequence(
    tmp_path: Path, sick: Sick
) -> None:
    """Readers have the journal. A volume that is read-only there stops nothing, either."""
    shown: list[str] = []
    folder = make_sweep(tmp_path, 2)
    sick.fail("replace", "/status.json", times=1000, number=errno.EROFS)
    state = control(folder, Processes(), watcher=lambda news, state, at: shown.extend(at.notes))
    assert state.counts[Status.COMPLETED] == 2
    assert f"writing {folder.paths.status}: Read-only file system" in shown


def test_a_full_disk_ends_the_controller_as_before(tmp_path: Path, sick: Sick) -> None:
    sick.fail("replace", "/status.json", number=errno.ENOSPC)
    with pytest.raises(StorageError, match="the disk or its quota is full; free some space, then resume"):
        control(make_sweep(tmp_path, 2), Processes())


@pytest.mark.parametrize("name", ["write", "fdatasync"])
def test_a_failed_write_of_the_journal_ends_the_controller_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It is never repeated: after a failed sync nobody knows what the disk has."""
    world, folder = Processes(), make_sweep(tmp_path, 3)
    really, calls = getattr(os, name), 0

    def failing(handle: int, *words: Any) -> Any:
        nonlocal calls
        calls += os.readlink(f"/proc/self/fd/{handle}").endswith(".jsonl")
        if calls == 3:
            raise OSError(errno.EIO, "Input/output error")
        return really(handle, *words)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing)
        with pytest.raises(StorageError, match=r"writing .*\.jsonl: Input/output error"):
            control(folder, world)
        assert calls == 3
    state = control(folder, world)
    assert state.counts[Status.COMPLETED] == 3
    assert len(world.launched) == len(set(world.launched))


def test_a_volume_that_stays_away_ends_the_controller_resumable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    """After ten minutes, in which nothing was launched."""
    world, folder = Processes(), make_sweep(tmp_path, 3)
    with monkeypatch.context() as patch:
        Sick(patch).fail("listdir", "/requests", times=10_000)
        with pytest.raises(TransientStorageError, match=r"tried again for 10 min\); resume the sweep"):
            control(folder, world)
    assert 600.0 <= sum(pauses) < 610.0
    assert not world.launched
    assert control(folder, world).counts[Status.COMPLETED] == 3


def test_who_is_asked_to_leave_does_not_wait_for_the_volume(
    tmp_path: Path, sick: Sick, pauses: list[float]
) -> None:
    """What runs goes on, as ever, and the next controller takes it over."""
    stop = engine.Control()
    folder = make_sweep(tmp_path, 2)

    def leave(news: object, state: object, at: Snapshot) -> None:
        stop.leaving = stop.leaving or bool(at.notes)

    world = Processes(lambda attempt: Run(seconds=100.0))
    sick.fail("listdir", "/requests", times=10_000)
    control(folder, world, stop=stop, watcher=leave)
    assert sum(pauses) < 10.0
    assert not folder.is_held()


def test_a_journal_that_cannot_be_written_is_said_to_who_leaves_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaving is no reason to keep quiet about it."""
    stop = engine.Control()

    def failing(*_: object) -> None:
        stop.leaving = True
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", failing)
    with pytest.raises(StorageError, match=r"writing .*\.jsonl: Input/output error"):
        control(make_sweep(tmp_path, 1), Processes(), stop=stop)


def test_who_lost_the_sweep_meanwhile_notices_before_anything_else(tmp_path: Path, sick: Sick) -> None:
    """An outage is when somebody takes over from elsewhere."""
    world, folder = Processes(), make_sweep(tmp_path, 2)
    rivals: list[SweepWriter] = []

    def take_over(news: object, state: object, at: Snapshot) -> None:
        if at.notes and not rivals:
            rivals.append(SweepWriter.take(SweepFolder(folder.paths.folder), by_force=True))

    sick.fail("listdir", "/requests", times=5)
    with pytest.raises(SupersededError):
        control(folder, world, watcher=take_over)
    assert not world.launched
    rivals[0].release()
