"""Where sweeps lie, and which one a person means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sweeper.core.errors import StorageError, UsageError
from sweeper.core.settings import ResultsSettings
from sweeper.store import sweep_index
from sweeper.store.creating import create
from sweeper.store.folder import SweepFolder, find
from tests.disks import Fail

Make = Callable[..., SweepFolder]


@pytest.fixture
def make(folder: SweepFolder, tmp_path: Path) -> Make:
    """Makes a sweep in ./sweeps."""

    def make(name: str, created_at: float = 0.0, root: str = "sweeps") -> SweepFolder:
        return create(tmp_path / root, replace(folder.manifest, name=name, created_at=created_at), [])

    return make


def names(root: Path) -> list[str]:
    return [paths.name for paths in sweep_index.all_sweeps(root)]


def test_the_newest_is_the_one_that_was_made_last(make: Make, tmp_path: Path) -> None:
    """The order is that of making, whatever the names and whichever folder was written first."""
    for name, created_at in (("b", 30.0), ("c", 10.0), ("a", 20.0), ("d", 30.001)):
        make(name, created_at)
    assert names(tmp_path / "sweeps") == ["c", "a", "b", "d"]
    assert sweep_index.find(tmp_path / "sweeps", None).name == "d"


def test_other_settings_do_not_make_a_sweep_newer(make: Make, tmp_path: Path) -> None:
    """A sweep that is resumed with other settings stays where it was in the order."""
    old = make("old", 10.0)
    make("new", 20.0)
    old.change_settings(replace(old.settings, results=ResultsSettings(metric="acc")))
    assert names(tmp_path / "sweeps") == ["old", "new"]


def test_only_whole_sweeps_are_seen(make: Make, tmp_path: Path) -> None:
    """Folders that are being made, other folders, files and broken links are no sweeps; a linked sweep is."""
    root = tmp_path / "sweeps"
    make("x")
    make("far", root="elsewhere")
    make(".y.0a1b2c3d.tmp")
    (root / "notes").mkdir()
    (root / "file").touch()
    (root / "nowhere").symlink_to("gone")
    (root / "far").symlink_to(tmp_path / "elsewhere" / "far")
    assert sorted(names(root)) == ["far", "x"]
    assert [path.name for path in sorted(root.iterdir()) if sweep_index.is_sweep(path)] == [
        ".y.0a1b2c3d.tmp",
        "far",
        "x",
    ]


def test_a_sweep_is_found_by_name_and_by_path(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name under the root comes first, then a path, and what is found is absolute."""
    make("x")
    make("x", root="elsewhere")
    monkeypatch.chdir(tmp_path / "elsewhere")
    want = {
        "x": "sweeps/x",
        "x/": "sweeps/x",
        "./x": "sweeps/x",
        str(tmp_path / "elsewhere/x"): "elsewhere/x",
        "../elsewhere/x": "sweeps/../elsewhere/x",
    }
    for wanted, place in want.items():
        found = sweep_index.find("../sweeps", wanted)
        assert found.folder == str((tmp_path / place).resolve())
    monkeypatch.chdir("x")
    assert sweep_index.find(tmp_path / "empty", ".").folder == str(tmp_path / "elsewhere" / "x")
    assert find(tmp_path / "sweeps", "x").paths.folder == str(tmp_path / "sweeps" / "x")


def test_a_sweep_that_is_not_there_is_refused_with_those_that_are(make: Make, tmp_path: Path) -> None:
    """The line tells what lies there, at most the five newest."""
    root = tmp_path / "sweeps"
    for wanted in ("x", None):
        with pytest.raises(UsageError, match=f"there is no sweep .*in {root}"):
            sweep_index.find(root, wanted)
    for number in range(7):
        make(f"s{number}", float(number))
    with pytest.raises(UsageError) as caught:
        sweep_index.find(root, "x")
    assert str(caught.value) == (
        f"there is no sweep 'x' in {root} (the newest there: s2, s3, s4, s5, s6); see: cvsweep ls"
    )


def test_a_root_that_cannot_be_read_is_an_error(make: Make, tmp_path: Path, fail: Fail) -> None:
    """Not to see the sweeps is not the same as that there are none."""
    make("x")
    fail("scandir", 13)
    with pytest.raises(StorageError, match=r"reading .*: Permission denied"):
        sweep_index.all_sweeps(tmp_path / "sweeps")


def test_a_folder_that_is_closed_to_us_is_not_said_to_hold_no_sweep(tmp_path: Path, fail: Fail) -> None:
    fail("lstat", 13)
    with pytest.raises(StorageError, match=rf"looking into {tmp_path}/hers: Permission denied"):
        sweep_index.find(tmp_path, f"{tmp_path}/hers")


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("dig", " (did you mean digits-a or digits-b?)"),
        ("DIGITS-A", " (did you mean digits-a?)"),
        ("nihgt", " (did you mean night?)"),
        ("latest", ": leave it out to mean the newest, night"),
        ("night/trials", ": that lies in the sweep night; name the sweep itself: "),
        ("7", "; see: cvsweep ls, a trial comes behind its sweep"),
    ],
)
def test_a_name_that_is_no_sweep_is_answered_with_what_is_meant(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, hint: str
) -> None:
    """Only answered, never taken for it: tomorrow another sweep may begin like that."""
    for at, name in enumerate(("digits-a", "digits-b", "night")):
        make(name, float(at))
    monkeypatch.chdir(tmp_path / "sweeps")
    with pytest.raises(UsageError) as caught:
        sweep_index.find(tmp_path / "sweeps", wanted)
    assert hint in str(caught.value)
