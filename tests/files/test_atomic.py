"""Writes that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sweeper.core.errors import StorageError, TransientStorageError, UsageError
from sweeper.files import atomic
from tests.disks import Fail


def test_write_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    """A file is made, then replaced, and no temporary file stays."""
    path = tmp_path / "file"
    for data in (b"one", b"", b"three" * 100_000):
        atomic.write(str(path), data)
        assert path.read_bytes() == data
    assert os.listdir(tmp_path) == ["file"]


def test_a_name_without_a_folder_is_one_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name is written into the working directory, and that is made durable too."""
    monkeypatch.chdir(tmp_path)
    atomic.write("here", b"x")
    atomic.publish("there", b"y")
    assert sorted(os.listdir()) == ["here", "there"]


def test_a_reader_sees_the_old_or_the_new_and_never_a_part(tmp_path: Path) -> None:
    """While a file is replaced over and over, every reading of it is a whole one."""
    path = tmp_path / "file"
    versions = [bytes([number]) * 50_000 for number in range(8)]
    atomic.write(str(path), versions[0])
    done = threading.Event()

    def read() -> bool:
        good = True
        while not done.is_set():
            good = good and path.read_bytes() in versions
        return good

    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read)
        for number in range(400):
            atomic.write(str(path), versions[number % 8], sync=False)
        done.set()
        assert reading.result()


@pytest.mark.parametrize("step", ["fsync", "replace", "utime"])
def test_a_failed_write_leaves_what_was_there(tmp_path: Path, fail: Fail, step: str) -> None:
    """Whichever step fails, the old content stays and no temporary file does."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    fail(step)
    with pytest.raises(OSError, match="No space"):
        atomic.write(str(path), b"new", mtime=1.0)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_full_disk_leaves_what_was_there(tiny_disk: Path) -> None:
    """On a disk that is really full the old content stays, and nothing takes up the rest."""
    path = tiny_disk / "file"
    atomic.write(str(path), b"old")
    for attempt in (atomic.write, atomic.publish):
        with pytest.raises(OSError, match="No space") as caught:
            attempt(str(path), b"x" * 100_000)
        assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert os.listdir(tiny_disk) == ["file"]


def test_sync_covers_the_file_and_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must outlive a power cut is synced, and so is the folder that names it; else nothing is."""
    synced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(stat.S_ISDIR(os.fstat(handle).st_mode)))
    atomic.write(str(tmp_path / "a"), b"x")
    atomic.publish(str(tmp_path / "b"), b"x")
    assert synced == [False, True, False, True]
    atomic.write(str(tmp_path / "c"), b"x", sync=False)
    assert len(synced) == 4


def test_a_write_can_date_its_file(tmp_path: Path) -> None:
    """The file then bears the time that was asked for, to the millisecond."""
    atomic.write(str(tmp_path / "file"), b"x", mtime=1_700_000_000.123)
    assert (tmp_path / "file").stat().st_mtime == pytest.approx(1_700_000_000.123, abs=1e-4)


def test_publish_never_replaces(tmp_path: Path) -> None:
    """What is there already is left alone, a link to nowhere included."""
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            atomic.publish(str(tmp_path / name), b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


def test_of_many_who_publish_exactly_one_does(tmp_path: Path) -> None:
    """However many publish a name at once, one succeeds, and the content is that one's."""
    with ThreadPoolExecutor(4) as pool:
        for round_ in range(50):
            path, start = tmp_path / str(round_), threading.Barrier(4)

            def publish(who: int, path: Path = path, start: threading.Barrier = start) -> int | None:
                start.wait()
                try:
                    atomic.publish(str(path), b"%d" % who)
                except FileExistsError:
                    return None
                return who

            winners = [who for who in pool.map(publish, range(4)) if who is not None]
            assert len(winners) == 1
            assert path.read_bytes() == b"%d" % winners[0]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_a_message_of_its_own(number: int) -> None:
    """A full disk or quota is named as such, with what was being done and what to do."""
    with pytest.raises(StorageError) as caught, atomic.storage("writing /x"):
        raise OSError(number, "whatever")
    assert str(caught.value) == "writing /x: the disk or its quota is full; free some space, then resume"


def test_other_failures_say_what_the_system_says() -> None:
    """Any other failed file operation is one line with the system's reason; other errors pass unchanged."""
    with pytest.raises(StorageError, match=r"^reading /x: Input/output error$"), atomic.storage("reading /x"):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    with pytest.raises(StorageError, match=r"^reading /x: odd$"), atomic.storage("reading /x"):
        raise OSError("odd")
    with pytest.raises(UsageError), atomic.storage("reading /x"):
        raise UsageError("mine")


@pytest.mark.parametrize(
    "name", ["EIO", "ESTALE", "ETIMEDOUT", "EAGAIN", "ENOTCONN", "EREMOTEIO", "EHOSTDOWN"]
)
def test_trouble_that_passes_is_distinguished_from_what_only_a_person_can_mend(name: str) -> None:
    """A server that is away comes back; a full disk, missing rights and damage stay as they are."""
    with pytest.raises(TransientStorageError, match="reading x: "), atomic.storage("reading x"):
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EFBIG):
        assert type(atomic.failure("reading x", OSError(number, os.strerror(number)))) is StorageError
