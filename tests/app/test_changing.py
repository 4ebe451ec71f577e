"""Changing settings, as a program does it."""

from __future__ import annotations

import os

import pytest

from sweeper.app.changing import change
from sweeper.app.events import Observers
from sweeper.core.errors import UsageError
from sweeper.core.records import Changed
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request
from tests.others import as_root

NOBODY = Observers()


def test_without_a_controller_they_hold_for_the_next_one(sweep):
    """The sweep is taken, changed and let go; a second time there is nothing to change."""
    folder = sweep().folder
    given = {"cluster.max_parallel": 3, "results.mode": "min"}
    assert change(folder, given, NOBODY) is True
    again = SweepFolder(folder.paths.folder)
    assert (again.settings.cluster.data["max_parallel"], again.settings.results.mode) == (3, "min")
    assert Changed in {type(one) for one in again.read().records}
    assert not again.is_held()
    assert os.listdir(folder.paths.requests) == []
    assert change(again, given, NOBODY) is False


def test_what_another_has_changed_meanwhile_stays(sweep):
    """The folder is read again once it is ours."""
    folder = sweep().folder
    change(SweepFolder(folder.paths.folder), {"sweep.pause_after": 9}, NOBODY)
    assert folder.settings.sweep.pause_after != 9
    change(folder, {"retry.wait_max": 7.0}, NOBODY)
    kept = SweepFolder(folder.paths.folder).settings
    assert (kept.sweep.pause_after, kept.retry.wait_max) == (9, 7.0)


def test_an_older_request_that_cannot_be_granted_is_set_aside(sweep):
    """It keeps nobody from changing what can be changed."""
    folder, messages = sweep().folder, list[str]()
    old = new_request("set", settings={"cluster.nope": 1})
    folder.post(old)
    change(folder, {"retry.wait_max": 7.0}, Observers([lambda event: messages.append(event.text)]))
    assert folder.is_refused(old)
    assert SweepFolder(folder.paths.folder).settings.retry.wait_max == 7.0
    assert "cluster.nope" in messages[0]


def test_a_metric_that_no_trial_has_reported_is_refused(sweep):
    """Unless none has reported any."""
    made = sweep()
    assert change(made.folder, {"results.metric": "loss"}, NOBODY) is True
    made.complete(0, val_acc=0.5)
    with pytest.raises(UsageError, match=r"no trial has reported 'val_ac'.*did you mean val_acc"):
        change(made.folder, {"results.metric": "val_ac"}, NOBODY)
    assert change(SweepFolder(made.paths.folder), {"results.metric": "val_acc"}, NOBODY) is True


@pytest.mark.parametrize(
    "name", ["cluster.max_gpus", "cluster.reserve", "cluster.grace", "task.command", "lr"]
)
def test_what_cannot_change_is_refused_before_anything_is_asked(sweep, name):
    """By name."""
    folder = sweep().folder
    with pytest.raises(UsageError, match=f"^{name}: "):
        change(folder, {"retry.wait_max": 7.0, name: 1}, NOBODY)
    assert os.listdir(folder.paths.requests) == []
    assert SweepFolder(folder.paths.folder).settings == folder.settings


@as_root
def test_only_the_owner_changes_settings(sweep):
    """Root may ask a controller that lives, and there is none."""
    folder = sweep().folder
    os.chown(folder.paths.manifest, 1234, 1234)
    with pytest.raises(UsageError, match="belongs to uid 1234"):
        change(folder, {"retry.wait_max": 7.0}, NOBODY)
