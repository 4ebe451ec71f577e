"""Removing sweeps, as a program does it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.app.events import Observers
from sweeper.app.removing import check_removal, remove
from sweeper.core.errors import StorageError, SweepHeldError, UsageError
from sweeper.store import leftovers, removing, sweep_index
from sweeper.store.folder import SweepFolder
from tests.others import as_root

NOBODY = Observers()


def test_a_sweep_is_removed_with_everything_in_it(sweep):
    """And nothing beside it."""
    gone, kept = sweep("gone").complete(0), sweep("kept").complete(0)
    found = check_removal(gone.folder)
    assert found.size.files > 5
    assert found.trials == "3 trials: 2 queued, 1 completed"
    remove(gone.folder, NOBODY)
    assert os.listdir(os.path.dirname(gone.paths.folder)) == ["kept"]
    assert kept.state.trials[0].outcome


def test_links_are_removed_and_what_they_lead_to_stays(sweep, tmp_path: Path):
    """A folder of data, a file of another sweep, and a link to nowhere."""
    made = sweep()
    data = tmp_path / "data"
    data.mkdir()
    (data / "images").write_text("precious")
    for name, target in {"folder": data, "file": data / "images", "nowhere": tmp_path / "no"}.items():
        os.symlink(target, f"{made.paths.folder}/{name}")
    remove(made.folder, NOBODY)
    assert (data / "images").read_text() == "precious"
    assert not os.path.exists(made.paths.folder)


def test_folders_that_a_program_has_closed_are_removed(sweep):
    """They are ours: only their mode keeps us out."""
    made = sweep()
    place = Path(made.paths.trials, "0", "deep")
    place.mkdir(parents=True)
    (place / "x").write_text("x")
    place.chmod(0o500)
    place.parent.chmod(0o500)
    remove(made.folder, NOBODY)
    assert os.listdir(os.path.dirname(made.paths.folder)) == []


def test_a_link_to_a_sweep_is_no_sweep_to_remove(sweep, tmp_path: Path):
    """Neither the link nor what it leads to is touched."""
    made, link = sweep(), tmp_path / "link"
    link.symlink_to(made.paths.folder)
    with pytest.raises(UsageError, match=r"/link is a link to .*digits-x: name that folder itself"):
        remove(SweepFolder(link), NOBODY)
    assert link.is_symlink()
    assert SweepFolder(made.paths.folder)


def test_a_sweep_with_a_controller_is_not_removed(sweep, held):
    """The line says who."""
    made = sweep()
    held(made)
    with pytest.raises(SweepHeldError, match="is held by process"):
        remove(made.folder, NOBODY)
    assert made.state


def test_a_sweep_of_which_something_may_still_run_is_not_removed(sweep):
    """It would go on writing into a folder that is gone."""
    made = sweep().start(1)
    with pytest.raises(UsageError, match=r"while trial 1 may still run.*cvsweep cancel"):
        remove(made.folder, NOBODY)
    assert made.state


@as_root
def test_a_sweep_of_another_member_is_not_removed(sweep):
    """Not even by root, who may ask a controller alone."""
    made = sweep()
    os.chown(made.paths.manifest, 1234, 1234)
    with pytest.raises(UsageError, match="belongs to uid 1234"):
        remove(made.folder, NOBODY)


def test_a_copy_goes_though_trials_of_its_original_run(sweep, tmp_path: Path):
    """What ran when the copy was made runs in the original."""
    import shutil

    made = sweep().start(1)
    shutil.copytree(made.paths.folder, tmp_path / "copy")
    remove(SweepFolder(tmp_path / "copy"), NOBODY)
    assert not (tmp_path / "copy").exists()
    assert made.state.live


def test_a_folder_that_cannot_be_moved_stays_as_it_was(sweep, monkeypatch):
    """As on a volume that is read-only by now."""
    made = sweep().complete(0)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(removing.os, "rename", refuse)
    with pytest.raises(StorageError, match=r"removing .*digits-x: Read-only file system"):
        remove(made.folder, NOBODY)
    assert made.state.trials[0].outcome
    assert not made.folder.is_held()


def test_a_removal_that_would_not_outlive_a_power_cut_is_taken_back(sweep, monkeypatch):
    """Else the name of what is half removed could come back."""
    made = sweep().complete(0)

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("sweeper.files.atomic.sync_folder", refuse)
        with pytest.raises(StorageError, match="Input/output error"):
            remove(made.folder, NOBODY)
    assert os.listdir(os.path.dirname(made.paths.folder)) == ["digits-x"]
    assert made.state.trials[0].outcome


def killed(sweep, monkeypatch) -> str:
    """The path of what a removal has left that was killed in the middle."""
    made = sweep("gone").complete(0)
    root = os.path.dirname(made.paths.folder)
    with monkeypatch.context() as patched:
        patched.setattr(removing, "_remove", lambda path: None)
        with pytest.raises(StorageError, match=r"no sweep any more.*look at .*/\.deleting-gone-"):
            remove(made.folder, NOBODY)
    (name,) = os.listdir(root)
    return f"{root}/{name}"


def test_what_a_killed_removal_has_left_is_no_sweep_any_more(sweep, monkeypatch):
    """And it is known for what it is; of a process that lives nobody takes it."""
    left = killed(sweep, monkeypatch)
    root = os.path.dirname(left)
    assert sweep_index.all_sweeps(root) == []
    assert leftovers.DELETING.fullmatch(os.path.basename(left))
    assert removing.remove_leftovers(root) == []
    monkeypatch.setattr("sweeper.store.machine.is_alive", lambda pid, start: False)
    assert removing.remove_leftovers(root) == [left]
    assert os.listdir(root) == []


def test_the_next_run_goes_on_with_it(sweep, monkeypatch):
    """As it does with sweeps that were never finished being made."""
    left = killed(sweep, monkeypatch)
    monkeypatch.setattr("sweeper.store.machine.is_alive", lambda pid, start: False)
    made = sweep("new")
    assert not os.path.exists(left)
    assert os.path.exists(made.paths.folder)


def test_a_sweep_that_is_gone_by_now_is_no_sweep(sweep):
    """Removing twice is one line."""
    made = sweep()
    remove(made.folder, NOBODY)
    with pytest.raises((UsageError, StorageError)):
        remove(made.folder, NOBODY)
