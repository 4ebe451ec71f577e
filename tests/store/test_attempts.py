"""The folders of trials and attempts, and their logs; anybody may write there."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.command import render_command
from sweeper.core.errors import DamagedTrialError, StorageError
from sweeper.core.model import Attempt
from sweeper.core.paths import SweepPaths
from sweeper.core.settings import TaskSettings
from sweeper.core.yaml_text import yaml_text
from sweeper.store import attempts, preparing
from tests.disks import Fail
from tests.store.builders import FIRST, TRIAL, out, prepare


def test_preparing_makes_all_that_the_attempt_needs(paths: SweepPaths) -> None:
    """The trial's parameters, command and checkpoints are there, and the attempt's empty folder."""
    assert prepare(paths)
    place = paths.trial(TRIAL)
    assert json.loads(Path(place.params).read_text()) == TRIAL.params
    assert Path(place.command).read_text().endswith("touch ran\n")
    assert sorted(os.listdir(place.folder)) == ["attempts", "checkpoints", "command.sh", "params.json"]
    assert os.listdir(out(paths)) == []


@pytest.mark.parametrize(
    "params",
    [
        {},
        {
            "lr": 1e-3,
            "steps": 10**20,
            "amp": True,
            "seed": None,
            "näme": 'a "b"\n\udcff',
            "inf": float("inf"),
        },
        {"dims": [8, 16], "opt": {"lr": 0.1, "betas": []}, "empty": {}},
        {"pair": (1, 2)},
    ],
)
def test_a_parameter_file_has_a_line_for_each_parameter(paths: SweepPaths, params: Any) -> None:
    """As `json` indents it, whether the parameters are nested or not."""
    trial = replace(TRIAL, params=params)
    preparing.prepare(paths, trial, FIRST, "/code")
    text = Path(paths.trial(trial).params).read_text(errors="surrogateescape")
    whole = json.dumps(params, indent=2, ensure_ascii=False).encode(errors="backslashreplace").decode()
    assert text == whole + "\n"


def test_parameters_are_there_as_yaml_if_the_command_names_them(paths: SweepPaths) -> None:
    """The path that the command gives is that of the file, and the file is made again if it was spoilt."""
    task = TaskSettings(command=["cat", "{params.yaml}"])
    trial = replace(TRIAL, command=render_command(task, TRIAL.params))
    place = paths.trial(trial)
    for number in (1, 2):
        assert preparing.prepare(paths, trial, Attempt(trial.index, number), paths.folder)
        text = subprocess.run(["sh", place.command], check=True, capture_output=True, text=True).stdout
        assert text == yaml_text(trial.params) == Path(place.params_yaml).read_text()
        Path(place.params_yaml).write_text("")


def test_a_number_is_used_once(paths: SweepPaths) -> None:
    """A folder that is there already is another's; the next number is free."""
    assert prepare(paths)
    (out(paths) / "mine").touch()
    assert not prepare(paths)
    assert os.listdir(out(paths)) == ["mine"]
    assert prepare(paths, number=2)


def test_of_many_at_once_one_gets_the_number(paths: SweepPaths) -> None:
    """However many prepare the same attempt, one does, and the trial's files are whole all the time."""
    with ThreadPoolExecutor(4) as pool:
        for number in range(1, 41):
            start = threading.Barrier(4)

            def attempt(_: int, number: int = number, start: threading.Barrier = start) -> bool:
                start.wait()
                return prepare(paths, number=number)

            assert sum(pool.map(attempt, range(4))) == 1
    assert json.loads(Path(paths.trial(TRIAL).params).read_text()) == TRIAL.params
    assert len(os.listdir(paths.trial(TRIAL).folder)) == 4


def test_a_later_attempt_leaves_the_trials_files_alone(paths: SweepPaths) -> None:
    """What is there as it must be is not written again, and checkpoints stay."""
    prepare(paths)
    place = paths.trial(TRIAL)
    Path(place.checkpoints, "last").touch()
    before = os.stat(place.command)
    prepare(paths, number=2)
    assert os.stat(place.command) == before
    assert os.listdir(place.checkpoints) == ["last"]


@pytest.mark.parametrize("left", [b"", b"touch", None], ids=["empty", "half", "gone"])
def test_what_a_power_cut_or_a_program_spoilt_is_made_again(paths: SweepPaths, left: bytes | None) -> None:
    """An attempt never runs half a command: that would look like a success of nothing."""
    prepare(paths)
    place = paths.trial(TRIAL)
    want = [Path(name).read_bytes() for name in (place.command, place.params)]
    os.rmdir(place.checkpoints)
    for name in (place.command, place.params):
        os.unlink(name)
        if left is not None:
            Path(name).write_bytes(left)
    prepare(paths, number=2)
    assert [Path(name).read_bytes() for name in (place.command, place.params)] == want
    assert os.path.isdir(place.checkpoints)


def test_what_is_no_text_reaches_the_program_as_it_was(paths: SweepPaths) -> None:
    """A byte that is not UTF-8 is that byte in the command, and JSON's escape in the parameters."""
    odd = replace(TRIAL, params={"path": "\udcff"}, command="exec run '\udcff'")
    prepare(paths, odd)
    assert Path(paths.trial(odd).command).read_bytes().endswith(b"exec run '\xff'\n")
    assert json.loads(Path(paths.trial(odd).params).read_text("utf-8")) == odd.params


@pytest.mark.parametrize("spoilt", ["attempts", "command.sh"])
def test_a_trial_that_spoilt_its_own_folder_is_distinguished_from_a_volume_in_trouble(
    paths: SweepPaths, spoilt: str
) -> None:
    """Where a program has put something else in the place of what the next attempt needs, that is said."""
    prepare(paths)
    place = Path(paths.trial(TRIAL).folder, spoilt)
    if place.is_dir():
        shutil.rmtree(place)
        place.write_text("mine")
    else:
        place.unlink()
        place.mkdir()
    with pytest.raises(DamagedTrialError, match=r"so no further attempt can be made; mend it, then retry"):
        prepare(paths, number=2)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS, errno.EMLINK, errno.ENOTDIR])
def test_attempts_that_cannot_be_written_are_that_trials_damage(
    paths: SweepPaths, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Without rights, made immutable, mounted read-only: the trial is given up, and the others go on."""
    _refuse_in(paths.trial(TRIAL).attempts, monkeypatch, number)
    with pytest.raises(DamagedTrialError, match="so no further attempt can be made; mend it"):
        prepare(paths)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.ENOMEM])
def test_a_volume_in_trouble_is_no_trials_damage(
    paths: SweepPaths, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A full disk or a broken one would fail every trial, one after the other: the controller ends."""
    _refuse_in(paths.trial(TRIAL).attempts, monkeypatch, number)
    with pytest.raises(StorageError, match=r"^making "):
        prepare(paths)


def _refuse_in(folder: str, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let nothing be made in a folder."""
    mkdir = os.mkdir

    def refusing(path: str, *rest: Any) -> None:
        if os.path.dirname(path) == folder:
            raise OSError(number, os.strerror(number), path)
        mkdir(path, *rest)

    monkeypatch.setattr(os, "mkdir", refusing)


@pytest.mark.parametrize("step", ["mkdir", "replace"])
def test_a_full_disk_is_one_clear_line(paths: SweepPaths, fail: Fail, step: str) -> None:
    """Where nothing can be made, or mended after a power cut, the line says what was being made."""
    place = Path(paths.trial(TRIAL).params)
    if step == "replace":
        place.parent.mkdir()
        place.touch()
    fail(step)
    with pytest.raises(StorageError, match=r"making .*/attempts/1: the disk or its quota is full"):
        prepare(paths)


@pytest.mark.parametrize("length", [0, 5, 16, 17, 100_000])
def test_the_last_bytes_of_a_log_are_read(paths: SweepPaths, length: int) -> None:
    """Of a long log only its end is read, of a short one all of it."""
    prepare(paths)
    text = ("0123456789" * 10_000)[:length]
    Path(attempts.log_path(paths, TRIAL, FIRST)).write_text(text)
    assert attempts.read_log_tail(paths, TRIAL, FIRST, 16) == text[-16:]


def test_a_character_cut_in_two_does_no_harm(paths: SweepPaths) -> None:
    """Where the end begins in the middle of a character, and where bytes are no text, marks stand."""
    prepare(paths)
    Path(attempts.log_path(paths, TRIAL, FIRST)).write_bytes("é".encode() + b"\xff ok")
    assert attempts.read_log_tail(paths, TRIAL, FIRST, 5) == "\ufffd\ufffd ok"


def test_no_log_is_an_empty_one(paths: SweepPaths) -> None:
    """A log that is missing, a pipe or a link is empty, and nobody waits for it."""
    prepare(paths)
    assert attempts.read_log_tail(paths, TRIAL, FIRST) == ""
    log = Path(attempts.log_path(paths, TRIAL, FIRST))
    os.mkfifo(log)
    assert attempts.read_log_tail(paths, TRIAL, FIRST) == ""
    log.unlink()
    log.symlink_to("/etc/passwd")
    assert attempts.read_log_tail(paths, TRIAL, FIRST) == ""


def test_what_an_ended_attempt_left_is_whole(paths: SweepPaths) -> None:
    """Its claim or its exit record lies there, and every folder in it can be listed."""
    prepare(paths)
    folder = Path(out(paths))
    (folder / "owner").write_text("u\n")
    (folder / "runs" / "a").mkdir(parents=True)
    assert attempts.lost(str(folder)) == ""
    (folder / "owner").rename(folder / "exit.json")
    assert attempts.lost(str(folder)) == ""


def test_what_an_ended_attempt_left_can_be_lost(paths: SweepPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Emptied, gone, no folder any more, or a part of it not ours to list: each is said."""
    prepare(paths)
    folder = Path(out(paths))
    (folder / "runs").mkdir()
    assert attempts.lost(str(folder)) == "its folder has been emptied"
    scandir = os.scandir

    def closed(path: str) -> object:
        if path.endswith("runs"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", closed)
        assert attempts.lost(str(folder)) == "runs in its folder cannot be read: Permission denied"
    (folder / "runs").rmdir()
    folder.rmdir()
    assert attempts.lost(str(folder)) == "its folder is gone"
    folder.write_text("")
    assert attempts.lost(str(folder)) == "its folder: Not a directory"


def test_a_volume_in_trouble_is_no_loss(paths: SweepPaths, fail: Fail) -> None:
    """Nobody can tell then."""
    prepare(paths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "lstat", _in_trouble)
        with pytest.raises(StorageError, match=r"looking at .*: Input/output error"):
            attempts.lost(out(paths))
    fail("scandir", 5)
    with pytest.raises(StorageError, match=r"reading .*: Input/output error"):
        attempts.lost(out(paths))


def _in_trouble(path: str) -> None:
    raise OSError(5, "Input/output error", path)
