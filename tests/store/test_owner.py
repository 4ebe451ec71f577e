"""Whose a sweep is, and what of it others may write to."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sweeper.core.errors import DamagedTrialError, StorageError, UsageError
from sweeper.core.model import Attempt
from sweeper.core.paths import SweepPaths
from sweeper.files.regular import open_to_append
from sweeper.store import lock, owner, sweep_index
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.builders import make_sweep
from tests.others import ADA, BOB, as_root, give

FIRST = Attempt(0, 1)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def start(folder: SweepFolder) -> SweepWriter:
    """Prepare the first attempt, as a controller does."""
    writer = SweepWriter.take(folder)
    try:
        writer.prepare(folder.state().trials[0].trial, FIRST)
    finally:
        writer.release()
    return writer


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022])
def test_nothing_that_is_made_is_for_others_to_write(tmp_path: Path, mask: int) -> None:
    """Whatever the umask: folders have the mode 0755, files 0644."""
    with umask(mask):
        folder = make_sweep(tmp_path / "new" / "root", 1)
        start(folder)
    tops = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert {place.stat().st_mode & 0o777 for place in tops if place.is_dir()} == {0o755}
    files = {place.name: place.stat().st_mode & 0o777 for place in tops if place.is_file()}
    assert {"sweep.json", "shim.sh", "command.sh", "params.json", "lock", "000001.jsonl"} <= files.keys()
    assert set(files.values()) == {0o644}
    assert owner.wide(folder.paths) == []


def test_a_narrower_umask_counts(tmp_path: Path) -> None:
    """Who keeps their files for themselves does so in a sweep, too."""
    with umask(0o077):
        start(make_sweep(tmp_path / "root", 1))
    assert {place.stat().st_mode & 0o077 for place in (tmp_path / "root").rglob("*")} == {0}


def test_wider_modes_of_an_older_sweep_are_found(paths: SweepPaths) -> None:
    """What decides what trials run, but not what the trials themselves leave."""
    for place in (paths.folder, paths.requests, paths.shim, paths.trials):
        os.chmod(place, 0o777)
    assert owner.wide(paths) == [".", "requests", "trials", "shim.sh"]


def test_a_sweep_of_ours_is_our_own(paths: SweepPaths) -> None:
    assert owner.is_own(paths)
    assert owner.owner_of(paths) == os.geteuid()


@as_root
def test_a_sweep_of_another_user_is_not_our_own(paths: SweepPaths) -> None:
    """Nor is one that begins with a link, to a manifest of ours or of theirs."""
    os.chown(paths.manifest, ADA, ADA)
    assert not owner.is_own(paths)
    shutil.copy(paths.manifest, f"{paths.folder}/ours")
    os.unlink(paths.manifest)
    os.symlink("ours", paths.manifest)
    os.chown(paths.manifest, ADA, ADA, follow_symlinks=False)
    assert not owner.is_own(paths)


def test_a_sweep_on_a_volume_that_squashes_user_ids_is_our_own(
    paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There what we make belongs to the same other number; nothing of the look is left behind."""
    there = os.listdir(paths.folder)
    monkeypatch.setattr(os, "geteuid", lambda: ADA)
    assert owner.is_own(paths)
    assert os.listdir(paths.folder) == there


@as_root
def test_a_sweep_where_we_can_make_nothing_is_not_our_own(
    paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(paths.manifest, ADA, ADA)
    really = os.open

    def refused(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EACCES, "Permission denied")
        return really(path, flags, mode)

    monkeypatch.setattr(os, "open", refused)
    assert not owner.is_own(paths)


@as_root
def test_the_newest_sweep_is_our_newest(tmp_path: Path) -> None:
    """A colleague's is named, never assumed; a sweep that cannot be looked at is nobody's."""
    ours, theirs = (make_sweep(tmp_path / name, 1).paths for name in ("ours", "theirs"))
    for at, paths in ((1000, ours), (2000, theirs)):
        os.utime(paths.manifest, (at, at))
    os.chown(theirs.manifest, ADA, ADA)
    root = tmp_path / "root"
    root.mkdir()
    for paths in (ours, theirs):
        os.rename(paths.folder, root / Path(paths.folder).parent.name)
    assert sweep_index.find(root, None).name == "ours"
    assert sweep_index.find(root, "theirs").name == "theirs"
    with pytest.raises(UsageError, match="the newest, ours"):
        sweep_index.find(root, "last")
    shutil.rmtree(root / "ours")
    with pytest.raises(UsageError, match=r"is yours: name the one that you mean \(theirs\)"):
        sweep_index.find(root, None)


@as_root
@pytest.mark.parametrize("name", ["shim.sh", "trials"])
def test_no_attempt_runs_what_another_user_has_put_there(folder: SweepFolder, name: str) -> None:
    """The controller stops, and says whose it is."""
    os.chown(f"{folder.paths.folder}/{name}", ADA, ADA)
    with pytest.raises(StorageError, match=rf"{name} belongs to uid {ADA}, and the sweep to root"):
        start(folder)


@as_root
@pytest.mark.parametrize("name", ["journal", "journal/000001.jsonl"])
def test_a_journal_of_another_user_is_not_obeyed(folder: SweepFolder, name: str) -> None:
    """The commands of the trials are in it."""
    owner.check_journal(folder.paths, 0)
    os.chown(f"{folder.paths.folder}/{name}", ADA, ADA)
    with pytest.raises(StorageError, match=rf"{name} belongs to uid {ADA}, and the sweep to root"):
        owner.check_journal(folder.paths, 0)


@as_root
def test_the_files_of_a_trial_that_another_user_has_put_there_are_replaced(folder: SweepFolder) -> None:
    """Also where they say the same: they could say something else later."""
    start(folder)
    place = folder.paths.trial(folder.state().trials[0].trial)
    for name in (place.command, place.params):
        os.chown(name, ADA, ADA)
    shutil.rmtree(place.attempt(FIRST))
    start(folder)
    assert [os.stat(name).st_uid for name in (place.command, place.params)] == [0, 0]


@as_root
def test_a_trials_folder_of_another_user_is_not_used(folder: SweepFolder) -> None:
    """That trial fails, and the sweep goes on."""
    place = folder.paths.trial(folder.state().trials[0].trial)
    os.mkdir(place.folder)
    give(place.folder)
    with pytest.raises(DamagedTrialError, match=rf"belongs to uid {ADA}, who is not the sweep's owner"):
        start(folder)


@as_root
def test_a_copy_of_the_project_must_belong_to_the_owner_whole(paths: SweepPaths) -> None:
    """A file of the owner's or of root's counts, a link of another user does not."""
    inner = Path(paths.code) / "lib"
    inner.mkdir(parents=True)
    (inner / "model.py").write_text("")
    owner.check_code(paths, ADA)
    give(paths.code)
    owner.check_code(paths, ADA)
    (inner / "odd.py").symlink_to("model.py")
    give(inner / "odd.py", BOB)
    with pytest.raises(StorageError, match=rf"odd.py belongs to uid {BOB}, and the sweep to uid {ADA}"):
        owner.check_code(paths, ADA)


def test_without_a_copy_of_the_project_there_is_nothing_to_check(paths: SweepPaths) -> None:
    owner.check_code(paths, ADA)


def test_a_link_in_the_place_of_the_lock_is_not_followed(paths: SweepPaths, tmp_path: Path) -> None:
    """Neither by a controller, who would write its name into another file, nor by a reader."""
    other = tmp_path / "other"
    other.write_text("precious")
    os.symlink(other, paths.lock)
    with pytest.raises(StorageError, match="it is a link, which is not followed; remove it"):
        lock.acquire(paths)
    with pytest.raises(StorageError, match="it is a link"):
        lock.look(paths.lock)
    assert other.read_text() == "precious"


def test_a_link_in_the_place_of_a_log_is_not_followed(paths: SweepPaths, tmp_path: Path) -> None:
    """Whether there is a file at its end or not."""
    for end in ("there", "nowhere"):
        (tmp_path / "there").write_text("precious")
        os.symlink(tmp_path / end, paths.controller_log)
        with pytest.raises(OSError, match="it is a link, which is not followed"):
            open_to_append(paths.controller_log)
        os.unlink(paths.controller_log)
    assert (tmp_path / "there").read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(("number", "tells"), [(errno.EIO, True), (errno.EACCES, False)])
def test_code_that_the_volume_cannot_list_now_was_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, tells: bool
) -> None:
    """A folder that is closed to us is not run either."""
    paths = make_sweep(tmp_path / "root", 1).paths
    os.makedirs(paths.code, exist_ok=True)
    owned = owner.owner_of(paths)

    def failing(place: str) -> None:
        raise OSError(number, os.strerror(number), place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", failing)
        if not tells:
            owner.check_code(paths, owned)
            return
        with pytest.raises(StorageError, match=r"looking at .*/code: Input/output error"):
            owner.check_code(paths, owned)
