"""Removing checkpoints, as a program does it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sweeper.app.cleaning import check_cleaning, clean
from sweeper.app.events import Message, Observers
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt
from sweeper.core.records import Granted, Launching
from sweeper.core.removal import Size
from sweeper.store import removing
from tests.others import as_root

NOBODY = Observers()


@pytest.fixture
def monday(sweep):
    """Three trials that have completed, the second the best, and one that runs; each with a checkpoint."""
    made = sweep("monday", trials=4)
    for index, acc in enumerate([0.5, 0.9, 0.7]):
        made.complete(index, acc=acc)
    made.start(3)
    for index in range(4):
        save(made, index)
    return made


def checkpoints(made, index: int) -> Path:
    return Path(made.paths.trial(made.state.trials[index].trial).checkpoints)


def save(made, index: int) -> None:
    place = checkpoints(made, index)
    place.mkdir(exist_ok=True)
    (place / "last.pt").write_bytes(b"x" * 5000)


def there(made) -> list[int]:
    return [index for index in range(4) if (checkpoints(made, index) / "last.pt").exists()]


def test_checkpoints_of_what_has_ended_go_and_the_best_stay(monday):
    """What runs keeps its own; folders stay, empty, as an attempt would find them."""
    found = check_cleaning(monday.folder)
    assert (found.kept, list(found.sizes), found.trials) == (1, [0, 2], "2 completed")
    assert found.size.files == 2
    assert clean(found, NOBODY) == found.size
    assert there(monday) == [1, 3]
    assert os.listdir(checkpoints(monday, 0)) == []
    assert sorted(os.listdir(checkpoints(monday, 0).parent)) == ["attempts", "checkpoints"]
    assert check_cleaning(monday.folder).size == Size()


def test_the_best_go_too_if_that_is_reported(monday):
    """But nothing of what runs."""
    clean(check_cleaning(monday.folder, every=True), NOBODY)
    assert there(monday) == [3]


def test_a_sweep_may_be_cleaned_while_it_runs(monday, held):
    """A controller that lives is not asked."""
    held(monday)
    clean(check_cleaning(monday.folder), NOBODY)
    assert there(monday) == [1, 3]


def test_a_trial_that_is_tried_again_meanwhile_keeps_its_own(monday):
    """It was to go when it was looked at, and is not by now."""
    found = check_cleaning(monday.folder)
    monday.write(Granted("w", "retry", (0,), completed=True))
    assert clean(found, NOBODY) == found.sizes[2]
    assert there(monday) == [0, 1, 3]


def test_an_attempt_that_starts_in_the_same_moment_gets_them_back(monday, monkeypatch):
    """Its start is in the journal before it looks for them."""
    found, set_aside = check_cleaning(monday.folder), removing.set_checkpoints_aside

    def start(place):
        moved = set_aside(place)
        if "00000-" in place.folder:
            monday.write(Granted("w", "retry", (0,), completed=True), Launching(Attempt(0, 2), 0.0))
        return moved

    monkeypatch.setattr(removing, "set_checkpoints_aside", start)
    assert clean(found, NOBODY) == found.sizes[2]
    assert there(monday) == [0, 1, 3]


def test_what_a_killed_command_has_left_goes_with_the_next(monday, monkeypatch):
    """It counts as what is there."""
    with monkeypatch.context() as patched:
        patched.setattr(removing, "_remove", lambda path: None)
        messages: list[str] = []
        clean(check_cleaning(monday.folder), Observers([lambda event: messages.append(event.text)]))
    assert len(messages) == 2
    assert "not all of its checkpoints can be removed" in messages[0]
    assert there(monday) == [1, 3]
    found = check_cleaning(monday.folder)
    assert found.size.files == 2
    clean(found, NOBODY)
    assert sorted(os.listdir(checkpoints(monday, 0).parent)) == ["attempts", "checkpoints"]


def test_links_are_left_alone_and_reported(monday, tmp_path: Path):
    """A program may keep its checkpoints elsewhere."""
    elsewhere = tmp_path / "scratch"
    checkpoints(monday, 0).rename(elsewhere)
    checkpoints(monday, 0).symlink_to(elsewhere)
    found = check_cleaning(monday.folder)
    assert (list(found.sizes), found.left) == (
        [2],
        ("trial 0: its checkpoints lie behind a link, which is left alone",),
    )
    clean(found, NOBODY)
    assert (elsewhere / "last.pt").exists()


def test_a_damaged_trial_folder_does_not_keep_the_others(monday):
    """A file is where the trial's folder should be."""
    place = checkpoints(monday, 0).parent
    place.rename(place.with_name("aside"))
    place.write_text("a file")
    found = check_cleaning(monday.folder)
    assert list(found.sizes) == [2]
    clean(found, NOBODY)
    assert place.read_text() == "a file"


def test_a_volume_that_cannot_be_written_is_a_warning_for_each(monday, monkeypatch):
    """Nothing has changed."""

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    found = check_cleaning(monday.folder)
    messages: list[Message] = []
    monkeypatch.setattr(removing.os, "rename", refuse)
    assert clean(found, Observers([messages.append])) == Size()
    assert [one.text.split(":")[0] for one in messages] == ["trial 0", "trial 2"]
    assert there(monday) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("metric", "words"), [(None, "results.metric is not set"), ("loss", "none has reported 'loss'")]
)
def test_nothing_goes_if_nobody_can_tell_which_trial_is_the_best(sweep, metric, words):
    """Its checkpoints were to stay."""
    made = sweep(metric=metric).complete(0, acc=0.5).complete(1, acc=0.9)
    save(made, 0)
    with pytest.raises(UsageError, match=rf"which of trials 0, 1 is the best.*{words}.*--all"):
        check_cleaning(made.folder)
    assert check_cleaning(made.folder, every=True).size.files == 1


def test_where_nothing_has_completed_no_trial_is_the_best(sweep):
    """Then there is none to keep."""
    made = sweep().fail(0, "boom")
    save(made, 0)
    assert list(check_cleaning(made.folder).sizes) == [0]


@as_root
def test_checkpoints_of_another_member_are_not_removed(monday):
    """Only the owner's own."""
    os.chown(monday.paths.manifest, 1234, 1234)
    with pytest.raises(UsageError, match="belongs to uid 1234"):
        check_cleaning(monday.folder)
