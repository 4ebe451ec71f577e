"""`cp -r` of a sweep folder: the copy never touches what the original runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sweeper.app.copies import separate
from sweeper.cli.printing import printing
from sweeper.core.errors import CopiedSweepError
from sweeper.store import copies, manifest
from sweeper.store.folder import SweepFolder
from tests.cli.conftest import Sweep


def copy(sweep: Sweep, name: str = "copy") -> SweepFolder:
    target = Path(sweep.paths.folder).with_name(name)
    shutil.copytree(sweep.paths.folder, target)
    return SweepFolder(target)


def test_a_copy_that_was_made_while_trials_ran_is_refused(sweep: Callable[..., Sweep]) -> None:
    """Their processes and pods are the original's; the line names both folders and the trials."""
    made = sweep("x").complete(0, acc=0.5).start(1).start(2)
    found = copy(made)
    with pytest.raises(CopiedSweepError) as refused:
        separate(found, printing())
    assert "/sweeps/copy is a copy of the sweep in " in str(refused.value)
    assert f"{made.paths.folder}, made while it ran (trials 1, 2)" in str(refused.value)
    separate(made.folder, printing())
    assert SweepFolder(made.paths.folder).manifest.id == found.manifest.id


def test_any_other_copy_goes_on_as_a_sweep_of_its_own(
    sweep: Callable[..., Sweep], capsys: pytest.CaptureFixture[str]
) -> None:
    """It gets an id and a place of its own, which is said once; the original keeps its own."""
    made = sweep("x").complete(0, acc=0.5)
    found = copy(made)
    separate(found, printing())
    assert capsys.readouterr().err == (
        f"copy: a copy of the sweep in {made.paths.folder}; it goes on as a sweep of its own\n"
    )
    found.keep_place()
    again = SweepFolder(found.paths.folder)
    assert again.manifest.id != SweepFolder(made.paths.folder).manifest.id
    assert again.manifest.place == copies.location(again.paths.folder)
    separate(again, printing())
    assert capsys.readouterr().err == ""


def test_a_sweep_that_was_moved_or_put_back_is_no_copy(sweep: Callable[..., Sweep]) -> None:
    """Renamed, copied to another place and removed here, put back from a copy, or of an older version."""
    made = sweep("x").start(1)
    moved = Path(made.paths.folder).with_name("moved")
    os.rename(made.paths.folder, moved)
    assert copies.original(SweepFolder(moved).paths, SweepFolder(moved).manifest) == ""
    found = SweepFolder(shutil.copytree(moved, moved.with_name("x")))
    assert copies.original(found.paths, found.manifest) == ""
    shutil.rmtree(found.paths.folder)
    other = SweepFolder(shutil.copytree(moved, moved.with_name("other")))
    assert copies.original(other.paths, other.manifest) == ""  # as far as can be known


def test_another_sweep_where_this_one_lay_is_not_its_original(sweep: Callable[..., Sweep]) -> None:
    """Both have ids of their own."""
    made = sweep("x")
    found = copy(made)
    manifest.write(made.paths, replace(made.folder.manifest, id="other"))
    assert copies.original(found.paths, found.manifest) == ""
