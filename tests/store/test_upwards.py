"""The project, or the sweeps, above the current folder: the nearest, and none that would surprise."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.store import upwards


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder below it, in a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    place = tmp_path / "lab" / "project"
    (place / "src" / "deep").mkdir(parents=True)
    configured(place)
    return place


def configured(place: Path, name: str = "config.yaml") -> None:
    (place / "configs").mkdir(exist_ok=True)
    (place / "configs" / name).touch()


def sweep(folder: Path) -> Path:
    (folder / "journal").mkdir(parents=True)
    (folder / "sweep.json").touch()
    return folder


def above(here: Path, name: str | None = None) -> str | None:
    return upwards.project_above(str(here), name)


def test_the_nearest_project_above_is_found(project: Path) -> None:
    configured(project.parent)
    assert above(project / "src" / "deep") == above(project / "src") == str(project)
    assert above(project) == str(project.parent)
    configured(project / "src")
    assert above(project / "src" / "deep") == str(project / "src")


def test_a_folder_of_that_name_alone_is_no_project(project: Path) -> None:
    """It must have the file to start from, be it the one that is named."""
    (project / "configs/config.yaml").unlink()
    assert above(project / "src") is None
    configured(project, "night.yaml")
    assert above(project / "src") is None
    assert above(project / "src", "night.yaml") == str(project)


def test_the_search_ends_at_the_top_of_a_repository(project: Path) -> None:
    """What lies above it belongs to something else; `.git` may be a file, as in a work tree."""
    (project / "src" / ".git").touch()
    assert above(project / "src" / "deep") is None
    assert above(project / "src") is None


def test_the_search_ends_below_the_home_folder(project: Path) -> None:
    """configs/ in the home folder is not the configuration of all that is in it."""
    home = project.parent.parent
    configured(home)
    (home / "new").mkdir()
    assert above(home / "new") is None
    assert above(home) is None


def test_the_search_ends_below_a_folder_of_everybodys(project: Path) -> None:
    """In /tmp there may be a configs/ of anything."""
    configured(project.parent)
    project.parent.chmod(0o1777)
    assert above(project) is None
    assert above(project / "src") == str(project)


def test_the_search_ends_at_another_file_system(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upwards, "_device", lambda folder: 1 if folder.startswith(f"{project}/src") else 2)
    assert above(project / "src" / "deep") is None


def test_what_belongs_to_somebody_else_is_not_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would run their command: in /tmp anybody may put a configs/."""
    sweep(project / "sweeps" / "x")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(upwards, "_ADMINISTRATOR", -1)
    assert above(project / "src") is None
    assert upwards.sweeps_above(str(project / "src")) is None


def test_a_sweeps_copy_of_the_code_is_no_project(project: Path) -> None:
    folder = sweep(project / "sweeps" / "x")
    (folder / "code" / "src").mkdir(parents=True)
    configured(folder / "code")
    assert above(folder / "code" / "src") == str(project)
    assert upwards.sweep_around(str(folder / "code" / "src")) == str(folder)
    assert upwards.sweep_around(str(folder)) == str(folder)
    assert upwards.sweep_around(str(project)) is None


def test_sweeps_are_found_above_too(project: Path) -> None:
    """Only where there are some: a package may be called `sweeps`; and not above the project."""
    here = str(project / "src")
    assert upwards.sweeps_above(here) is None
    (project / "src" / "sweeps").mkdir()
    sweep(project.parent / "sweeps" / "y")
    assert upwards.sweeps_above(here) is None
    sweep(project / "sweeps" / "x")
    assert upwards.sweeps_above(here) == str(project / "sweeps")
    assert not upwards.holds_sweeps(str(project / "src" / "sweeps"))
    assert not upwards.holds_sweeps(str(project / "nowhere"))


def test_other_places_of_a_configuration_are_known(project: Path) -> None:
    for name in ("conf/config.yaml", "config/__init__.py", "config.yml"):
        (project / "src" / name).parent.mkdir(exist_ok=True)
        (project / "src" / name).touch()
    assert upwards.lies_there(str(project / "src")) == ["conf", "config.yml"]
