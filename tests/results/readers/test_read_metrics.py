"""Which file counts, and what is no file at all."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from sweeper.core.errors import StorageError
from sweeper.results.readers import read_curve
from tests.results.readers.conftest import final

NAMES = ("metrics.json", "metrics.jsonl", "metrics.csv")


def test_a_folder_without_metrics_is_no_problem(leave):
    """A program may leave no metrics, and whatever else it likes."""
    assert leave({"log.txt": "hello", "model.pt": b"\0"}) == ({}, "")


def test_the_first_of_the_known_files_counts(leave):
    """metrics.json goes before metrics.jsonl, and that before metrics.csv."""
    files = {"metrics.json": '{"n": 1}', "metrics.jsonl": '{"n": 2}\n', "metrics.csv": "n\n3\n"}
    for expected, name in enumerate(NAMES, start=1):
        assert leave(files) == ({"n": expected}, "")
        del files[name]


def test_a_broken_file_is_not_passed_over_for_the_next(leave):
    """A broken metrics.json is a problem even where metrics.jsonl is fine."""
    metrics, problem = leave({"metrics.json": "{", "metrics.jsonl": '{"n": 2}\n'})
    assert metrics == {}
    assert problem.startswith("metrics.json is not JSON")


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path):
    """A folder that is gone is a problem and no crash."""
    metrics, problem = final(str(tmp_path / "gone"))
    assert metrics == {}
    assert problem == "its metrics cannot be read: No such file or directory"


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path):
    """What it leads to may be anybody's."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "metrics.json").write_text('{"secret": 1}')
    (tmp_path / "out").symlink_to("there")
    words = "the attempt's folder is a symbolic link: what it leads to is not its own"
    assert final(str(tmp_path / "out")) == ({}, words)


@pytest.mark.parametrize("name", NAMES)
def test_a_symbolic_link_is_not_followed(tmp_path, name):
    """A link is refused, though it leads to good metrics."""
    (tmp_path / "elsewhere").write_text('{"n": 1}\n')
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    assert final(str(tmp_path)) == ({}, f"{name} is a symbolic link, not a regular file")


@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_does_not_block(tmp_path, name):
    """A named pipe that nobody writes to is refused at once."""
    os.mkfifo(tmp_path / name)
    assert final(str(tmp_path)) == ({}, f"{name} is a pipe or a device, not a regular file")


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_is_no_file(tmp_path, name):
    """A folder of that name is refused."""
    (tmp_path / name).mkdir()
    assert final(str(tmp_path)) == ({}, f"{name} is a folder, not a regular file")


def test_a_socket_is_no_file(tmp_path, monkeypatch):
    """A socket of that name is refused."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("metrics.json")
        metrics, problem = final(str(tmp_path))
    assert (metrics, problem) == ({}, "metrics.json is a pipe or a device, not a regular file")


def test_a_link_put_in_place_after_the_listing_is_not_followed(tmp_path, monkeypatch):
    """A file that becomes a link between the listing and the opening is refused all the same."""
    (tmp_path / "metrics.json").write_text('{"n": 1}')
    scandir = os.scandir

    def swapped(folder):
        found = list(scandir(folder))
        (tmp_path / "metrics.json").unlink()
        (tmp_path / "metrics.json").symlink_to("/etc/hostname")
        return _Closing(found)

    monkeypatch.setattr(os, "scandir", swapped)
    metrics, problem = final(str(tmp_path))
    assert metrics == {}
    assert problem.startswith("metrics.json cannot be opened")


class _Closing(list):
    """A list that can stand where os.scandir's iterator stands."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def test_names_that_are_not_listed_are_not_looked_up(tmp_path, monkeypatch):
    """Only the listing is asked: a lookup of an absent name could make it stay absent on a shared volume."""
    asked = []
    monkeypatch.setattr("sweeper.results.readers.listing.open_regular", asked.append)
    assert final(str(tmp_path)) == ({}, "")
    assert asked == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", ["", "\n", " \r\n\n"])
def test_an_empty_file_is_a_problem(leave, name, content):
    """A file without content is reported as empty."""
    assert leave({name: content}) == ({}, f"{name} is empty")


@pytest.mark.parametrize("call", ["open", "pread", "scandir"])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("read", [final, read_curve])
def test_a_volume_in_trouble_is_no_fault_of_the_files(tmp_path, monkeypatch, read, nested, call):
    """What cannot be read for a moment is read later: nobody's trial has failed for that."""
    out = tmp_path / "out"
    place = out / "lightning_logs" / "version_0" if nested else out
    place.mkdir(parents=True)
    (place / "metrics.csv").write_text("step,a\n1,2\n")
    (place / "hparams.yaml").write_text("")
    assert read(str(out))[1] == ""
    real = getattr(os, call)

    def stale(what, *rest, **more):
        if call == "pread" or str(what).startswith(str(place)):
            raise OSError(errno.ESTALE, "Stale file handle")
        return real(what, *rest, **more)

    monkeypatch.setattr(os, call, stale)
    with pytest.raises(StorageError, match="Stale file handle"):
        read(str(out))
