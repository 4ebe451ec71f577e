"""To ask again: it undoes what a host remembers, and does nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.files.nfs_revalidation import revalidate
from tests.volume.conftest import Hosts


def absent(place: Path) -> None:
    place.unlink(missing_ok=True)


def folder(place: Path) -> None:
    absent(place)
    place.mkdir()


def file(place: Path) -> None:
    place.write_bytes(b"longer than before")


STATES: list[Callable[[Path], None]] = [absent, Path.touch, file, folder]


@pytest.mark.parametrize("becomes", STATES)
@pytest.mark.parametrize("was", STATES[:-1])
def test_what_was_asked_for_again_is_what_is_there(
    hosts: Hosts, was: Callable[[Path], None], becomes: Callable[[Path], None]
) -> None:
    """Whatever a name was for this host, it is for it now what another host has made of it."""
    was(hosts.b / "name")
    os.path.exists(hosts.a / "name")
    becomes(hosts.b / "name")
    revalidate(os.fspath(hosts.a / "name"))
    for kind in (Path.exists, Path.is_file, Path.is_dir):
        assert kind(hosts.a / "name") == kind(hosts.truth / "name")
    if becomes in (Path.touch, file):
        assert (hosts.a / "name").stat().st_size == (hosts.truth / "name").stat().st_size
        assert (hosts.a / "name").read_bytes() == (hosts.truth / "name").read_bytes()


def test_a_name_in_a_folder_that_was_absent_is_found(hosts: Hosts) -> None:
    """The folder that it lies in is asked for as well."""
    assert not (hosts.a / "folder" / "name").exists()
    (hosts.b / "folder").mkdir()
    (hosts.b / "folder" / "name").touch()
    revalidate(os.fspath(hosts.a / "folder" / "name"))
    assert (hosts.a / "folder" / "name").exists()


@pytest.mark.parametrize("name", ["absent", "file", "folder", "link", "nowhere/absent", "file/below", ""])
def test_asking_again_changes_nothing(tmp_path: Path, name: str) -> None:
    """Neither a name comes into being nor a time or a count of links changes, and nothing is raised."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")

    def facts() -> list[tuple[str, os.stat_result]]:
        return [(place.name, place.lstat()) for place in (tmp_path, *sorted(tmp_path.iterdir()))]

    before = facts()
    revalidate(f"{tmp_path}/{name}")
    assert facts() == before
