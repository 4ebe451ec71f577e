"""The volume of these tests lies as real ones do; if it did not, none of them would prove a thing."""

from __future__ import annotations

import os

import pytest

from tests.volume.conftest import Hosts


def test_a_name_looked_up_too_early_stays_absent(hosts: Hosts) -> None:
    """A host that has missed a name goes on missing it, though its own listing shows the name."""
    assert not (hosts.a / "name").exists()
    (hosts.b / "name").touch()
    assert os.listdir(hosts.a) == ["name"]
    assert not (hosts.a / "name").exists()
    with pytest.raises(FileNotFoundError):
        (hosts.a / "name").read_bytes()


def test_a_name_once_seen_stays_there(hosts: Hosts) -> None:
    """A host that has seen a name goes on seeing it, though it was removed."""
    (hosts.b / "name").touch()
    assert (hosts.a / "name").exists()
    (hosts.b / "name").unlink()
    assert (hosts.a / "name").exists()
    assert os.listdir(hosts.a) == []


def test_a_file_whose_size_was_looked_at_does_not_grow(hosts: Hosts) -> None:
    """Size and time stay what they were, and no more of it is read than that."""
    (hosts.b / "file").write_bytes(b"one\n")
    before = (hosts.a / "file").stat()
    with open(hosts.b / "file", "ab") as file:
        file.write(b"two\n")
    os.utime(hosts.b / "file", (0.0, 0.0))
    after = (hosts.a / "file").stat()
    assert (after.st_size, after.st_mtime_ns) == (4, before.st_mtime_ns)
    with open(hosts.a / "file", "rb", buffering=0) as file:
        assert file.read(100) == b"one\n"


def test_a_file_that_was_replaced_is_cut_off(hosts: Hosts) -> None:
    """The other file shows, but no more of it than the size of the one before."""
    (hosts.b / "file").write_bytes(b"short")
    assert (hosts.a / "file").stat().st_size == 5
    (hosts.b / "other").write_bytes(b"as long as this")
    (hosts.b / "other").replace(hosts.b / "file")
    with open(hosts.a / "file", "rb", buffering=0) as file:
        assert file.read(100) == b"as lo"


@pytest.mark.parametrize("flags", [0, os.O_EXCL])
def test_what_creates_a_name_asks_for_it(hosts: Hosts, flags: int) -> None:
    """To create is not decided from memory: exclusively it fails, else it opens what is there."""
    assert not (hosts.a / "name").exists()
    (hosts.b / "name").write_bytes(b"content")
    if flags:
        with pytest.raises(FileExistsError):
            os.open(hosts.a / "name", os.O_CREAT | flags | os.O_WRONLY)
    else:
        os.close(os.open(hosts.a / "name", os.O_CREAT | os.O_WRONLY))
    assert (hosts.a / "name").read_bytes() == b"content"
