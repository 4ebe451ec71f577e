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

from sweeper.core.errors import StorageError, SupersededError, SweepHeldError, UsageError
from sweeper.core.model import Attempt
from sweeper.core.records import Added, Paused, Resumed
from sweeper.core.settings import RetrySettings
from sweeper.core.snapshot import Snapshot
from sweeper.store import atomic, journal
from sweeper.store.folder import Holding, Manifest, SweepFolder, create, is_sweep
from sweeper.store.requests import new_request
from tests.store.conftest import Fail
from tests.world import make_trial

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
    """A new folder holds its manifest, its trials, the shim and places for the rest; nothing else is in root."""
    root = tmp_path / "deep" / "down"
    folder = create(root, manifest, TRIALS)
    assert os.listdir(root) == ["made"]
    assert sorted(os.listdir(root / "made")) == ["journal", "requests", "shim.sh", "sweep.json", "trials"]
    assert (folder.name, folder.manifest) == ("made", replace(manifest, swept=list(manifest.swept)))
    assert folder.read().records == tuple(Added(trial) for trial in TRIALS)
    assert (folder.read_status(), folder.is_held()) == (None, False)
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
    """Whichever step fails, nothing is left behind, and the very next try succeeds."""
    root = tmp_path / "sweeps"
    root.mkdir()
    at, seen = 0, set()
    while True:
        at += 1
        steps = bad_luck(at, error)
        try:
            create(root, manifest, TRIALS)
        except (UsageError, KeyboardInterrupt) as caught:
            seen.add(steps[-1] if steps[-1] != "rename" else "rename")
            if isinstance(caught, UsageError):
                assert str(caught).startswith(f"sweep.root: cannot make {root / 'made'}: No space left")
                assert os.listdir(root) == []
            elif os.listdir(root):
                # Interrupted after its last step but one: there it is, and whole.
                assert len(SweepFolder(root / "made").read().records) == 3
                break
        else:
            break
        finally:
            monkeypatch.undo()
    assert seen == set(STEPS)
    assert at > 15


def test_a_disk_that_is_really_full_keeps_no_part_of_a_sweep(tiny_disk: Path, manifest: Manifest) -> None:
    """On a disk too small for it a sweep is not made at all."""
    with pytest.raises(UsageError, match="sweep.root: cannot make .*: No space left on device"):
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
    """The others are told that it exists, and the one that was made is whole."""

    def attempt(number: int) -> bool:
        start.wait()
        try:
            create(tmp_path / "sweeps", manifest, TRIALS[: number % 3 + 1])
        except UsageError as error:
            assert "exists already" in str(error)
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
import sys
from pathlib import Path
from sweeper.core.errors import UsageError
from sweeper.store.folder import Manifest, create
manifest = Manifest("0", "made", 0.0, "u", "h", "0", "/", "", [], {}, {})
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
    project = Path(__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {os.fspath(project)!r})\n{NOBODY}"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, os.fspath(locked / below)],
        user="nobody",
        group="nogroup",
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr or "can't open" in done.stderr:
        pytest.skip("nobody may not read this project")
    assert done.stderr == ""
    assert done.stdout.startswith(f"sweep.root: cannot make {locked / below / 'made'}: Permission denied; ")
    assert os.listdir(locked) == []


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


def test_wishes_go_through_the_folder(folder: SweepFolder) -> None:
    """What a verb posts its controller finds, and the verb sees that it was granted."""
    wish = new_request("cancel")
    folder.post(wish)
    holding = Holding.take(folder)
    assert holding.requests() == [wish]
    assert folder.is_pending(wish)
    holding.remove_request(wish.id)
    assert not folder.is_pending(wish)
    holding.release()


def test_a_held_sweep_is_written_by_its_holder_alone(folder: SweepFolder) -> None:
    """While one holds it nobody else takes it; the next one finds all that was written."""
    holding = Holding.take(folder)
    assert folder.is_held()
    with pytest.raises(SweepHeldError, match=f"held by process {os.getpid()} "):
        Holding.take(folder)
    holding.append(Paused("because"))
    holding.flush()
    holding.release()
    assert not folder.is_held()
    following = Holding.take(folder)
    assert following.records[-1] == Paused("because")
    following.release()


def test_a_holder_reaches_its_attempts(folder: SweepFolder) -> None:
    """Through the store attempts are made, claimed, found and read."""
    holding, trial, attempt = Holding.take(folder), TRIALS[0], Attempt(0, 1)
    assert holding.prepare(trial, attempt)
    shim, place, out = holding.places(trial, attempt)
    assert os.path.isfile(shim)
    assert out == f"{place}/attempts/1"
    assert os.path.isdir(out)
    assert holding.read_exit(trial, attempt) is None
    Path(out, "log.txt").write_text("words")
    assert holding.read_log_tail(trial, attempt) == "words"
    assert holding.claim_void(trial, attempt) is None
    assert Path(out, "owner").read_text() == "void 2\n"
    holding.release()


def test_a_status_that_cannot_be_written_is_an_error(folder: SweepFolder, fail: Fail) -> None:
    """A full disk is noticed at the latest with the next snapshot."""
    holding = Holding.take(folder)
    fail("replace")
    with pytest.raises(StorageError, match=r"writing .*/status\.json: the disk or its quota is full"):
        holding.write_status(Snapshot(0.0, {}, 1, [], [], "", None))
    holding.release()


def test_who_takes_over_by_force_is_the_holder(folder: SweepFolder) -> None:
    """The former holder notices before its next effect, and when it goes the sweep stays held."""
    former = Holding.take(folder)
    holding = Holding.take(folder, by_force=True)
    former.append(Paused("too late"))
    with pytest.raises(SupersededError):
        former.flush()
    former.release()
    assert folder.is_held()
    holding.append(Resumed())
    holding.flush()
    holding.release()
    assert folder.read().records[-1] == Resumed()


@pytest.mark.parametrize("force", [(True, True, True), (False, True, True)], ids=["forced", "one asks"])
def test_of_many_who_take_it_at_once_one_holds_it(folder: SweepFolder, force: tuple[bool, ...]) -> None:
    """Whoever wins is also seen to hold it, and only that one can write what counts."""
    with ThreadPoolExecutor(3) as pool:
        for round_ in range(25):
            start = threading.Barrier(3)

            def attempt(number: int, start: threading.Barrier = start) -> Holding | None:
                start.wait()
                try:
                    return Holding.take(folder, by_force=force[number])
                except (SweepHeldError, SupersededError):
                    return None

            found = [holding for holding in pool.map(attempt, range(3)) if holding]
            living = [holding for holding in found if not is_superseded(holding)]
            assert len(living) == 1
            for holding in found:
                if holding not in living:
                    holding.release()
            assert folder.is_held(), f"round {round_}"
            living[0].append(Paused(str(round_)))
            living[0].flush()
            living[0].release()
            assert not folder.is_held()
    assert [record.reason for record in folder.read().records if isinstance(record, Paused)] == [
        str(round_) for round_ in range(25)
    ]


def is_superseded(holding: Holding) -> bool:
    try:
        holding.check()
    except SupersededError:
        return True
    return False


def test_a_winner_whose_lock_a_slower_rival_replaced_is_still_the_holder(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two force their way in at once: the one whose term counts ends up with the lock, too."""
    really = journal.takeover

    def rival(*args: Any) -> journal.Writer:
        monkeypatch.setattr(journal, "takeover", lose)
        with pytest.raises(SweepHeldError):
            Holding.take(folder, by_force=True)
        monkeypatch.setattr(journal, "takeover", really)
        return really(*args)

    def lose(*_: Any) -> journal.Writer:
        raise SweepHeldError("another was faster")

    monkeypatch.setattr(journal, "takeover", rival)
    holding = Holding.take(folder, by_force=True)
    assert folder.is_held()
    with pytest.raises(SweepHeldError):
        Holding.take(folder)
    holding.release()
    assert not folder.is_held()


def test_a_sweep_that_could_not_be_taken_is_not_held(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the journal is damaged or the disk full, the lock is let go again."""

    def full(*_: Any) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "publish", full)
        with pytest.raises(StorageError, match="the disk or its quota is full"):
            Holding.take(folder)
    assert not folder.is_held()
    Path(folder.paths.term(1)).write_bytes(b"?")
    with pytest.raises(StorageError, match="is damaged at byte 0"):
        Holding.take(folder)
    assert not folder.is_held()


def test_letting_go_frees_the_sweep_even_where_closing_fails(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems report a full disk only when a file is closed."""
    holding = Holding.take(folder)
    really = os.close

    def close(handle: int) -> None:
        monkeypatch.setattr(os, "close", really)
        really(handle)
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(os, "close", close)
    with pytest.raises(OSError, match="quota"):
        holding.release()
    assert not folder.is_held()
