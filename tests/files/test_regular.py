"""How files of a sweep folder are opened: anybody may have put anything there."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.core.errors import TransientStorageError
from sweeper.files.regular import is_there, open_regular, open_to_append, read_file


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.fspath(path))


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a FIFO": (os.mkfifo, "it is a FIFO, not a regular file; restore it"),
    "a folder": (Path.mkdir, "it is a folder, not a regular file; restore it"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "it is a device, not a regular file; restore it"),
    "a socket": (_socket, "it is a socket or a device, not a regular file; restore it"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
    "a link that leads nowhere": (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
    "a sparse terabyte": (_sparse, "it has 1099511627776 bytes, more than 1000; restore it"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_no_usable_file_is_an_error_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Nothing blocks, and nothing is read without an end."""
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    make, says = ODD[what]
    make(Path("odd"))
    with pytest.raises(OSError, match=says):
        read_file("odd", 1000)


def test_a_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    """git-annex and its kind put links in the place of files."""
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert read_file(f"{tmp_path}/file", 3) == read_file(f"{tmp_path}/link", 3) == b"abc"


def test_of_the_programs_files_links_are_none(tmp_path: Path) -> None:
    """What a trial's program links to is not its own."""
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "fifo")
    assert open_regular(f"{tmp_path}/link") is None
    assert open_regular(f"{tmp_path}/fifo") is None


def test_a_volume_in_trouble_is_reported_and_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server may forget a file between its opening and the first look at it."""
    (tmp_path / "x").touch()
    there = len(os.listdir("/proc/self/fd"))

    def stale(handle: int) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    trouble = pytest.raises(TransientStorageError, match=r"reading .*/x: Stale file handle")
    with trouble, monkeypatch.context() as patch:  # pytest itself looks at files as well
        patch.setattr(os, "fstat", stale)
        open_regular(os.fspath(tmp_path / "x"))
    assert len(os.listdir("/proc/self/fd")) == there


@pytest.mark.parametrize(("number", "known"), [(errno.ENOENT, True), (errno.EIO, False)])
def test_a_name_is_there_or_not_or_nobody_can_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, known: bool
) -> None:
    """A link that leads nowhere is there."""
    (tmp_path / "x").symlink_to("nowhere")
    assert is_there(os.fspath(tmp_path / "x"))

    def failing(path: str) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "lstat", failing)
    if known:
        assert not is_there(os.fspath(tmp_path / "x"))
        return
    with pytest.raises(TransientStorageError, match=r"looking at .*/x: Input/output error"):
        is_there(os.fspath(tmp_path / "x"))


def test_a_log_is_made_or_goes_on(tmp_path: Path) -> None:
    """What is written stands behind what was there."""
    path = f"{tmp_path}/log"
    for words in (b"a", b"b"):
        with open(open_to_append(path), "ab") as file:
            file.write(words)
    assert read_file(path, 10) == b"ab"


def test_a_log_is_never_a_fifo(tmp_path: Path) -> None:
    """Without a reader it would block; with one it would not be kept."""
    path = f"{tmp_path}/log"
    os.mkfifo(path)
    with pytest.raises(OSError) as refused:  # noqa: PT011  # its number is looked at below
        open_to_append(path)
    assert refused.value.errno == errno.ENXIO
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="it is a FIFO"):
        open_to_append(path)
    os.close(reader)
