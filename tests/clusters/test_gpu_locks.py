"""Locks that keep sweeps from each other's GPUs."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweeper.clusters.local import gpu_locks
from sweeper.clusters.local.gpu_locks import GpuLocks, release


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for locks, none of which is left open."""
    before = set(os.listdir("/proc/self/fd"))
    yield tmp_path / "locks"
    release(
        int(name) for name in set(os.listdir("/proc/self/fd")) - before if name.isdigit() and int(name) > 2
    )


def test_a_gpu_is_given_to_one_trial_at_a_time(folder: Path) -> None:
    """What one sweep has taken another cannot take until the last descriptor is closed."""
    ours, theirs = GpuLocks(str(folder)), GpuLocks(str(folder))
    held = ours.take("GPU-a", 1)
    assert held
    assert theirs.take("GPU-a", 1) is None
    assert theirs.take("GPU-b", 1)
    copy = os.dup(held[0])
    release(held)
    assert theirs.take("GPU-a", 1) is None
    os.close(copy)
    assert theirs.take("GPU-a", 1)


@pytest.mark.parametrize(
    ("takes", "want"),
    [
        ([2, 2, 2], [True, True, False]),
        ([1, 2], [True, False]),
        ([2, 1], [True, False]),
        ([3, 2, 2, 3, 3], [True, True, False, True, False]),
    ],
)
def test_a_gpu_is_shared_by_as_many_as_wanted(folder: Path, takes: list[int], want: list[bool]) -> None:
    """Over all sweeps as many trials fit on a GPU as share it; who wants it alone has it alone."""
    assert [GpuLocks(str(folder)).take("GPU-a", sharing) is not None for sharing in takes] == want


def test_a_refused_take_leaves_nothing_locked(folder: Path) -> None:
    """Where only a part could be locked it is let go."""
    locks = GpuLocks(str(folder))
    both = [locks.take("GPU-a", 2) for _ in range(2)]
    assert locks.take("GPU-a", 2) is None
    for held in both:
        release(held or ())
    assert locks.take("GPU-a", 1)


def test_the_files_are_for_all_users(folder: Path) -> None:
    """Whatever the umask, everybody may lock, and nobody may remove another's file."""
    before = os.umask(0o077)
    try:
        assert GpuLocks(str(folder)).take("MIG-GPU-1/2/3", 2)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "MIG-GPU-1_2_3.lock": 0o666,
        "MIG-GPU-1_2_3.0.lock": 0o666,
    }


def test_another_users_file_is_opened_without_creating_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sticky folder the kernel refuses O_CREAT on another user's file, and may refuse to write it."""
    release(GpuLocks(str(folder)).take("GPU-a", 1) or ())
    opened = os.open

    def protected(path: str, flags: int, *rest: int, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT or (flags & os.O_RDWR and dir_fd is not None):
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, flags, *rest, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", protected)
    locks = GpuLocks(str(folder))
    assert locks.take("GPU-a", 1)
    assert locks.trouble == ""


@pytest.mark.parametrize("bait", ["link", "folder", "fifo", "folder link"])
def test_what_somebody_put_there_is_not_followed(folder: Path, tmp_path: Path, bait: str) -> None:
    """A link, a folder or a FIFO in the place of a file is trouble, and nothing is made or waited for."""
    target = tmp_path / "target"
    if bait == "folder link":
        target.mkdir()
        folder.symlink_to(target)
    else:
        folder.mkdir()
        place = folder / "GPU-a.lock"
        {"link": lambda: place.symlink_to(target), "folder": place.mkdir, "fifo": lambda: os.mkfifo(place)}[
            bait
        ]()
    locks = GpuLocks(str(folder))
    assert locks.take("GPU-a", 1) == []
    assert locks.trouble.startswith(f"GPUs are not locked against other sweeps: {folder}: ")
    assert not target.exists() or not list(target.iterdir())


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_without_locks_gpus_are_used_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Where locks do not work it is said, and they are tried again the next time."""

    def refuse(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    locks = GpuLocks(str(folder))
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", refuse)
        assert locks.take("GPU-a", 1) == []
    assert os.strerror(number) in locks.trouble
    assert locks.take("GPU-a", 1)
    assert locks.trouble == ""


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """A wrong path is no reason not to run."""
    locks = GpuLocks(str(tmp_path / "no" / "where"))
    assert locks.take("GPU-a", 1) == []
    assert "No such file or directory" in locks.trouble


def test_without_a_descriptor_the_gpu_is_not_free_now(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lack of descriptors passes: the GPU is not used without its lock for it."""

    def refuse(*args: object, **kwargs: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    locks = GpuLocks(str(folder))
    monkeypatch.setattr(os, "open", refuse)
    assert locks.take("GPU-a", 1) is None
    assert locks.trouble == ""


def test_a_file_that_was_removed_in_between_is_not_locked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever cleans up /tmp between our opening and our locking leaves us with the new file's lock."""
    locks = GpuLocks(str(folder))
    release(locks.take("GPU-a", 1) or ())
    lock, removed = fcntl.flock, []

    def late(descriptor: int, how: int) -> None:
        if not removed:
            removed.append((folder / "GPU-a.lock").unlink())
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    held = locks.take("GPU-a", 1)
    assert held
    assert os.path.samestat(os.fstat(held[0]), (folder / "GPU-a.lock").stat())


def test_the_default_folder_is_the_same_for_all() -> None:
    """No variable of one user's session changes where sweeps look for each other."""
    assert gpu_locks.FOLDER == "/tmp/cvsweep-gpus"
