"""Giving a sweep another name, as a program does it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.app.events import Observers
from sweeper.app.renaming import rename
from sweeper.core.errors import NameTakenError, StorageError, SweepHeldError, UsageError
from sweeper.store import copies, sweep_index
from sweeper.store.folder import SweepFolder
from tests.others import as_root

NOBODY = Observers()


def test_the_folder_and_the_name_in_it_change_and_nothing_else(sweep):
    """The id stays, by which pods are known, and so does what has run."""
    made = sweep("before").complete(0, acc=0.5)
    after = rename(made.folder, "after", NOBODY)
    assert (after.name, after.manifest.name, after.manifest.id) == ("after", "after", made.folder.manifest.id)
    assert os.listdir(os.path.dirname(made.paths.folder)) == ["after"]
    assert after.state().trials[0].outcome
    assert not after.is_held()
    assert not os.path.exists(after.paths.heartbeat)
    assert copies.original(after.paths, after.manifest) == ""
    assert [one.name for one in sweep_index.all_sweeps(os.path.dirname(after.paths.folder))] == ["after"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/b", "sweep.name must be at most 63 letters"),
        ("..", "sweep.name must be at most 63 letters"),
        ("", "sweep.name must be at most 63 letters"),
        ("x" * 64, "sweep.name must be at most 63 letters"),
        ("before", "is called so already"),
    ],
)
def test_a_name_that_no_sweep_can_have_is_refused(sweep, name, words):
    """By the rule that holds for sweep.name."""
    made = sweep("before")
    with pytest.raises(UsageError, match=words):
        rename(made.folder, name, NOBODY)
    assert made.state


@pytest.mark.parametrize("taken", ["a sweep", "a folder", "a file", "a link to nowhere"])
def test_a_name_that_is_taken_is_refused(sweep, taken):
    """Whatever bears it."""
    made = sweep("before")
    place = Path(made.paths.folder).with_name("after")
    if taken == "a sweep":
        sweep("after")
    elif taken == "a folder":
        place.mkdir()
    elif taken == "a file":
        place.touch()
    else:
        place.symlink_to("nowhere")
    with pytest.raises(NameTakenError, match="after exists already; choose another name"):
        rename(made.folder, "after", NOBODY)
    assert SweepFolder(made.paths.folder).manifest.name == "before"


def test_a_sweep_with_a_controller_keeps_its_name(sweep, held):
    """It knows its folder by it."""
    made = sweep("before")
    held(made)
    with pytest.raises(SweepHeldError):
        rename(made.folder, "after", NOBODY)
    assert os.listdir(os.path.dirname(made.paths.folder)) == ["before"]


def test_a_sweep_of_which_something_may_still_run_keeps_its_name(sweep):
    """Its trials write into their folders."""
    made = sweep("before").start(0)
    with pytest.raises(UsageError, match="cannot be renamed while trial 0 may still run"):
        rename(made.folder, "after", NOBODY)
    assert os.listdir(os.path.dirname(made.paths.folder)) == ["before"]


@as_root
def test_a_sweep_of_another_member_keeps_its_name(sweep):
    """It is theirs to name."""
    made = sweep("before")
    os.chown(made.paths.manifest, 1234, 1234)
    with pytest.raises(UsageError, match="belongs to uid 1234"):
        rename(made.folder, "after", NOBODY)


def test_a_volume_that_cannot_be_written_is_reported(sweep, monkeypatch):
    """And the sweep is as it was."""
    made = sweep("before")

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("sweeper.app.renaming.os.rename", refuse)
    with pytest.raises(StorageError, match=r"renaming .*before: Read-only file system"):
        rename(made.folder, "after", NOBODY)
    assert SweepFolder(made.paths.folder).manifest.name == "before"
    assert not made.folder.is_held()
