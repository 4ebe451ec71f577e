"""A controller that begins while its volume is in trouble waits for it, as one that runs does."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import sweeper
from sweeper.app.controller import Controller
from sweeper.app.observers import Observers
from sweeper.app.taking import taken
from sweeper.core.model import Status
from sweeper.core.records import Added
from sweeper.store.folder import SweepFolder
from tests.builders import make_sweep
from tests.disks import pauses as pauses

pytestmark = pytest.mark.usefixtures("pauses")
CALLS = ("stat", "open", "listdir", "replace", "rename")


class Volume:
    """Fails the call with this number, of those of `os` that look into `folder` or change it, three times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
        self._patch, self._folder = monkeypatch, folder
        self.calls: list[str] = []

    @contextmanager
    def failing(self, number: int) -> Iterator[None]:
        self.calls, left = [], 3
        with self._patch.context() as patch:
            for name in CALLS:
                really = getattr(os, name)

                def call(
                    path: Any, *words: Any, _name: str = name, _really: Any = really, **more: Any
                ) -> Any:
                    nonlocal left
                    inside = str(path).removeprefix(self._folder)
                    if inside != str(path) and not inside.startswith("/journal"):
                        self.calls.append(f"{_name} {inside}")
                        if len(self.calls) > number and left:
                            left -= 1
                            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
                    return _really(path, *words, **more)

                patch.setattr(os, name, call)
            yield


def _that_fail(run: Callable[[int], object], volume: Volume, since: str = "") -> str:
    """The calls, all or from the first `since` on, at which an error makes `run` fail, and how."""
    run(1_000)
    first = volume.calls.index(since) if since else 0
    failed = []
    for number in range(first, len(volume.calls)):
        try:
            run(number)
        except Exception as error:  # noqa: BLE001  # all of them are told at once
            failed.append(f"{number} {volume.calls[number]}: {error!r}")
    return "\n".join(failed)


def test_no_error_of_the_volume_keeps_a_sweep_from_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call on the way fails in turn, but for those on the journal: a failed write of that is final."""
    made = make_sweep(tmp_path, 2)
    volume = Volume(monkeypatch, made.paths.folder)

    def take(number: int) -> None:
        folder = SweepFolder(made.paths.folder)
        with volume.failing(number), taken(folder, Observers()) as (writer, _):
            assert [type(one) for one in writer.records] == [Added, Added]

    assert _that_fail(take, volume) == ""


def test_no_error_of_the_volume_ends_a_controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From when it has taken the sweep, and looks at its code, to the table at its end; as above."""
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    Path("configs/config.yaml").write_text('task: {command: ["true"]}\nx: 0\n')
    volume = Volume(monkeypatch, f"{tmp_path}/sweeps/a")

    def run(number: int) -> None:
        shutil.rmtree("sweeps", ignore_errors=True)
        sweeper.create_sweep("x=1", "sweep.name=a")
        folder = SweepFolder(f"{tmp_path}/sweeps/a")
        with volume.failing(number):
            state = Controller(folder, Observers()).run()
        assert state.counts[Status.COMPLETED] == 1
        assert Path(f"{tmp_path}/sweeps/a/results.csv").exists()

    assert _that_fail(run, volume, since="open /code.json") == ""
