"""Notes and tags, as a program writes them."""

from __future__ import annotations

import os
import threading

import pytest

from sweeper.app.events import Observers
from sweeper.app.write_notes import note, tag
from sweeper.core.errors import StorageError, UsageError
from sweeper.store import status_reader
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request
from tests.others import as_root

NOBODY = Observers()


def labels(folder: SweepFolder):
    state = folder.state()
    return state.notes_and_tags.notes, state.notes_and_tags.tags


def test_without_a_controller_the_sweep_is_taken_for_it_and_let_go(sweep):
    """Nothing is left behind: neither a request nor a controller."""
    folder = sweep().folder
    note(folder, " look here ", None, NOBODY)
    tag(folder, ["best", "best"], ["old"], (1,), NOBODY)
    assert labels(folder) == ({None: "look here"}, {1: ("best",)})
    assert not folder.is_held()
    assert os.listdir(folder.paths.requests) == []


def test_readers_need_not_fold_the_journal_for_it(sweep):
    """The snapshot is written again, and holds the note."""
    folder = sweep().folder
    note(folder, "look here", None, NOBODY)
    seen = status_reader.current(folder.paths, held=False)
    assert seen
    assert seen.note == "look here"


def test_what_an_interrupted_command_left_behind_comes_first(sweep):
    """Else an older note would win over the one that was written last."""
    folder = sweep().folder
    folder.post(new_request("note", note="older"))
    folder.post(new_request("cancel"))
    note(folder, "newer", None, NOBODY)
    assert labels(folder)[0] == {None: "newer"}
    assert [one.kind for one in requests_of(folder)] == ["cancel"]  # for who can end what runs


def requests_of(folder: SweepFolder):
    from sweeper.store import requests

    return requests.pending(folder.paths)


def test_a_controller_that_lives_is_asked(sweep, held, until):
    """The journal is its own."""
    made = sweep()
    controller = held(made)

    def answer() -> None:
        until(lambda: controller.requests(), 5)
        controller.remove_request(controller.requests()[0].id)

    thread = threading.Thread(target=answer)
    thread.start()
    note(made.folder, "look", None, NOBODY)
    thread.join()
    assert labels(made.folder) == ({}, {})


@pytest.mark.parametrize(
    ("tags", "untags", "words"),
    [
        (["a b"], [], "'a b' cannot be a tag: "),
        (["3"], [], "'3' cannot be a tag: it reads like the number of a trial"),
        ([], ["x\x1b[31m"], "cannot be a tag"),
        (["best"], ["best"], "the tag best is given and taken away: leave one out"),
        ([f"t{n}" for n in range(65)], [], "at most 64 tags at a time"),
    ],
)
def test_what_can_be_no_tag_is_refused_before_anything_is_asked(sweep, tags, untags, words):
    """The line names it."""
    folder = sweep().folder
    with pytest.raises(UsageError, match=words.replace("[", r"\[")):
        tag(folder, tags, untags, None, NOBODY)
    assert os.listdir(folder.paths.requests) == []


def test_a_note_that_is_too_long_is_refused(sweep):
    """It is a note, not a file."""
    with pytest.raises(UsageError, match="at most 2000 characters"):
        note(sweep().folder, "x" * 2001, None, NOBODY)


@as_root
def test_only_the_owner_writes_notes(sweep):
    """Root may ask a controller that lives, and there is none."""
    folder = sweep().folder
    os.chown(folder.paths.manifest, 1234, 1234)
    with pytest.raises(UsageError, match="belongs to uid 1234"):
        note(folder, "mine", None, NOBODY)
    assert os.listdir(folder.paths.requests) == []


def test_a_volume_that_cannot_be_written_is_reported(sweep, monkeypatch):
    """And nothing has changed."""
    folder = sweep().folder

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("sweeper.files.atomic.write", refuse)
    with pytest.raises(StorageError, match="Read-only file system"):
        note(folder, "look", None, NOBODY)
    assert labels(folder) == ({}, {})
