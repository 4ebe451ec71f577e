"""A sweep folder: made whole or not at all, held by one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.errors import StorageError, UsageError
from sweeper.core.records import Added
from sweeper.core.settings import RetrySettings
from sweeper.store import status_reader
from sweeper.store.creating import create
from sweeper.store.folder import SweepFolder, SweepWriter
from sweeper.store.manifest import Manifest
from sweeper.store.requests import new_request
from sweeper.store.sweep_index import is_sweep
from tests.builders import make_trial
from tests.disks import Fail

TRIALS = [make_trial(number) for number in range(3)]
STEPS = ("mkdir", "fsync", "utime", "replace", "link", "rename")


@pytest.fixture
def manifest(folder: SweepFolder) -> Manifest:
    """What the sweeps of these tests are made from."""
    return replace(folder.manifest, name="made")


@pytest.fixture
def bad_luck(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, BaseException], list[str]]:
    """Lets the n-th step of all that follows fail; the list returned grows by each step's name."""

    def strike(at: int, error: BaseException) -> list[str]:
        steps: list[str] = []

        def luck(name: str, really: Callable[..., Any]) -> Callable[..., Any]:
            def step(*args: Any, **options: Any) -> Any:
                steps.append(name)
                if len(steps) == at:
                    raise error
                return really(*args, **options)

            return step

        for name in STEPS:
            monkeypatch.setattr(os, name, luck(name, getattr(os, name)))
        return steps

    return strike


def test_a_new_sweep_is_whole(tmp_path: Path, manifest: Manifest) -> None:
    """A new folder holds manifest, trials, shim and places for the rest; nothing else is in root."""
    root = tmp_path / "deep" / "down"
    folder = create(root, manifest, TRIALS)
    assert os.listdir(root) == ["made"]
    assert sorted(os.listdir(root / "made")) == ["journal", "requests", "shim.sh", "sweep.json", "trials"]
    place = {"folder": str(root / "made"), "inode": str(os.stat(root / "made").st_ino)}
    written = replace(manifest, swept=list(manifest.swept), place=place)
    assert (folder.name, folder.manifest) == ("made", written)
    assert folder.read().records == tuple(Added(trial) for trial in TRIALS)
    assert (status_reader.read(folder.paths), folder.is_held()) == (None, False)
    assert is_sweep(root / "made")
    assert Path(folder.paths.shim).read_text().startswith("#!/bin/sh")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_a_sweep_is_made_whole_or_not_at_all(
    tmp_path: Path,
    manifest: Manifest,
    bad_luck: Callable[[int, BaseException], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    """Whichever step fails, nothing is left behind, not even a root made for it; then it succeeds."""
    failed, at = [], 0
    while True:
        at, root = at + 1, tmp_path / f"sweeps-{at}"
        steps = bad_luck(at, error)
        try:
            create(root, manifest, TRIALS)
        except (UsageError, KeyboardInterrupt):
            failed.append(steps[at - 1])
        finally:
            monkeypatch.undo()
        if len(steps) < at:
            break
        # Interrupted after its last step but one the sweep is there, and whole.
        if is_sweep(root / "made"):
            assert isinstance(error, KeyboardInterrupt)
            assert len(SweepFolder(root / "made").read().records) == 3
        else:
            assert not root.exists()
    assert set(failed) == set(STEPS)
    assert len(failed) == at - 1
    assert os.listdir(root) == ["made"]


def test_a_root_that_was_there_stays(tmp_path: Path, manifest: Manifest, fail: Fail) -> None:
    """Only what was made for the sweep goes with it."""
    fail("link")
    with pytest.raises(UsageError, match=r"^sweep\.root: cannot make .*/made: No space left on dev"):
        create(tmp_path / "root", manifest, TRIALS)
    assert os.listdir(tmp_path / "root") == ["played"]


def test_a_disk_that_is_really_full_keeps_no_part_of_a_sweep(tiny_disk: Path, manifest: Manifest) -> None:
    """On a disk too small for it a sweep is not made at all."""
    with pytest.raises(UsageError, match=r"sweep\.root: cannot make .*: No space left on device"):
        create(tiny_disk, manifest, [make_trial(number) for number in range(1000)])
    assert os.listdir(tiny_disk) == []
    create(tiny_disk, manifest, TRIALS)


@pytest.mark.parametrize("kind", ["sweep", "folder", "file"])
def test_a_name_that_is_taken_is_refused_and_left_alone(
    tmp_path: Path, manifest: Manifest, kind: str
) -> None:
    """Whatever bears the name already stays as it is."""
    place = tmp_path / "made"
    if kind == "sweep":
        create(tmp_path, manifest, TRIALS[:1])
    elif kind == "folder":
        place.mkdir()
        (place / "mine").touch()
    else:
        place.touch()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=f"^{place} exists already; choose another sweep.name$"):
        create(tmp_path, manifest, TRIALS)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_of_many_who_make_the_same_sweep_one_does(tmp_path: Path, manifest: Manifest) -> None:
    """All others are refused, and the one that was made is whole."""

    def attempt(number: int) -> bool:
        start.wait()
        try:
            create(tmp_path / "sweeps", manifest, TRIALS[: number % 3 + 1])
        except UsageError:
            return False
        return True

    start = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(attempt, range(4)))
    assert made.count(True) == 1
    assert os.listdir(tmp_path / "sweeps") == ["made"]
    assert len(SweepFolder(tmp_path / "sweeps" / "made").read().records) == made.index(True) % 3 + 1


@pytest.mark.parametrize("root", ["/proc/here", "/dev/null", "/dev/null/here"])
def test_a_root_that_cannot_be_is_refused(manifest: Manifest, root: str) -> None:
    """Where no folder can be made, the line names the key to change."""
    with pytest.raises(UsageError, match=f"^sweep.root: cannot make {root}/made: .*; name a folder there"):
        create(Path(root), manifest, TRIALS)


NOBODY = """\
import os, sys
from pathlib import Path
from sweeper.core.errors import UsageError
from sweeper.store.creating import create
from sweeper.store.manifest import Manifest
manifest = Manifest("0", "made", 0.0, "u", "h", "0", "/", "", [], {}, {})
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    create(Path(sys.argv[1]), manifest, [])
except UsageError as error:
    print(error)
"""


@pytest.fixture
def ours() -> Iterator[Path]:
    """A folder that everybody reaches."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        yield Path(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("mode", [0o755, 0o700, 0o444], ids=oct)
@pytest.mark.parametrize("below", ["", "new", "new/newer"])
def test_a_root_without_the_right_to_write_is_refused(ours: Path, mode: int, below: str) -> None:
    """Somebody who may not write there, or not even look, is told so in one line."""
    locked = ours / "locked"
    locked.mkdir()
    locked.chmod(mode)
    done = subprocess.run(
        [sys.executable, "-c", NOBODY, os.fspath(locked / below)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.startswith(f"sweep.root: cannot make {locked / below / 'made'}: Permission denied; ")
    assert os.listdir(locked) == []


def test_a_copy_of_the_project_is_a_part_of_the_whole(tmp_path: Path, manifest: Manifest) -> None:
    """The copy is made before the sweep appears, and where it cannot be made there is no sweep."""

    def copy(target: Path) -> None:
        assert not (tmp_path / "new" / "made").exists()
        target.mkdir()
        (target / "train.py").touch()

    def refuse(target: Path) -> None:
        copy(target)
        raise UsageError("too much")

    with pytest.raises(UsageError, match=r"^too much$"):
        create(tmp_path / "new", manifest, TRIALS, refuse)
    assert not (tmp_path / "new").exists()
    folder = create(tmp_path / "new", manifest, TRIALS, copy)
    assert os.listdir(tmp_path / "new") == ["made"]
    assert os.listdir(folder.paths.code) == ["train.py"]


def test_a_name_that_is_taken_costs_no_copy(folder: SweepFolder) -> None:
    """Whether the name is free is looked at before the work."""
    copied: list[Path] = []
    with pytest.raises(UsageError, match="exists already"):
        create(Path(folder.paths.folder).parent, folder.manifest, TRIALS, copied.append)
    assert copied == []


def test_changed_settings_stay(folder: SweepFolder) -> None:
    """Other settings hold at once and for whoever opens the sweep next; all else is as it was."""
    settings = replace(folder.settings, retry=RetrySettings(wait_initial=77.0))
    before = folder.manifest
    folder.change_settings(settings)
    again = SweepFolder(folder.paths.folder)
    assert folder.settings == again.settings == settings
    assert replace(again.manifest, settings=before.settings) == before


def test_settings_that_cannot_be_written_are_an_error(folder: SweepFolder, fail: Fail) -> None:
    """A full disk leaves the sweep with the settings that it has."""
    fail("replace")
    with pytest.raises(StorageError, match=r"writing .*/sweep\.json: the disk or its quota is full"):
        folder.change_settings(replace(folder.settings, retry=RetrySettings(wait_initial=77.0)))
    assert SweepFolder(folder.paths.folder).settings.retry.wait_initial == 10.0


def test_requests_go_through_the_folder(folder: SweepFolder) -> None:
    """What a verb posts its controller finds, and the verb sees that it was granted."""
    request = new_request("cancel")
    folder.post(request)
    writer = SweepWriter.take(folder)
    assert writer.requests() == [request]
    assert folder.is_pending(request)
    writer.remove_request(request.id)
    assert not folder.is_pending(request)
    writer.release()
