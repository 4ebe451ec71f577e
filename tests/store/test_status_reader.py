"""The controller's last snapshot, and when it can be believed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from sweeper.core.paths import SweepPaths
from sweeper.core.snapshot import FailedTrial, RunningTrial, Snapshot
from sweeper.store import status_reader
from sweeper.store.folder import SweepFolder, SweepWriter


def snapshot(at: float) -> Snapshot:
    """One in which everything occurs."""
    return Snapshot(
        at=at,
        counts={"queued": 1, "completed": 2},
        slots=4,
        running=[RunningTrial(0, 1, at, "node", "run", "")],
        failures=[FailedTrial(1, 2, "error", "boom")],
        paused="",
        eta=None,
    )


def leave(folder: SweepFolder, at: float) -> Snapshot:
    """A controller comes, writes its snapshot, and goes."""
    writer = SweepWriter.take(folder)
    writer.write_status(snapshot(at))
    writer.release()
    return snapshot(at)


def date(path: str, at: float) -> None:
    os.utime(path, (at, at))


def test_a_snapshot_is_read_as_it_was_written(folder: SweepFolder) -> None:
    """What the controller wrote comes back equal."""
    assert status_reader.read(folder.paths) is None
    left = leave(folder, 5.0)
    assert status_reader.read(folder.paths) == left


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"running": 5, "failures": []}', "\xff"])
def test_a_snapshot_that_cannot_be_read_is_none(paths: SweepPaths, text: str) -> None:
    """It is only a convenience: what is wrong with it is no error."""
    Path(paths.status).write_text(text, "latin-1")
    assert status_reader.read(paths) is None
    assert status_reader.current(paths, held=True) is None


def test_a_snapshot_of_another_version_is_none(folder: SweepFolder, paths: SweepPaths) -> None:
    """Keys that this version does not know make it one that only its own version can read."""
    leave(folder, 5.0)
    data = json.loads(Path(paths.status).read_text())
    Path(paths.status).write_text(json.dumps(data | {"invented": 1}))
    assert status_reader.read(paths) is None


def test_a_live_controllers_snapshot_is_current_while_it_is_fresh(folder: SweepFolder) -> None:
    """Held and fresh it is believed though the journal is ahead; old, or from the future, it is not."""
    paths = folder.paths
    for age, believed in ((0.0, True), (3.0, True), (60.0, False), (-60.0, False)):
        left = leave(folder, time.time() - age)
        date(paths.term(1), time.time() + 10)
        assert status_reader.current(paths, held=True) == (left if believed else None)
        assert status_reader.current(paths, held=False) is None


def test_the_last_controllers_snapshot_is_current_while_nothing_was_journalled_since(
    folder: SweepFolder,
) -> None:
    """Nobody holds the sweep: it is believed as long as it is younger than every part of the journal."""
    paths = folder.paths
    left = leave(folder, 5.0)
    for term in (1, 2):
        date(paths.term(term), 100.0 - term)
    for at, believed in ((100.0, True), (99.0, False), (98.5, False), (50.0, False)):
        date(paths.status, at)
        assert status_reader.current(paths, held=False) == (left if believed else None)


def test_the_journals_own_files_alone_tell_its_age_and_size(folder: SweepFolder) -> None:
    """A term that is just being made is not part of it; without a journal there is neither."""
    paths = folder.paths
    date(paths.term(1), 50.0)
    size = os.stat(paths.term(1)).st_size
    Path(paths.journal, "000002.jsonl.0a1b2c3d.tmp").write_text("being made")
    assert status_reader.journalled_at(paths) == 50.0
    assert status_reader.journal_size(paths) == size
    gone = SweepPaths("/gone")
    assert (status_reader.journalled_at(gone), status_reader.journal_size(gone)) == (float("inf"), -1)


def test_the_last_sign_of_life_is_the_younger_of_two(folder: SweepFolder) -> None:
    """The journal or the snapshot, whichever was written last; nothing at all is the beginning of time."""
    paths = folder.paths
    date(paths.term(1), 50.0)
    assert status_reader.seen_at(paths) == 50.0
    Path(paths.status).touch()
    for at, want in ((40.0, 50.0), (60.0, 60.0)):
        date(paths.status, at)
        assert status_reader.seen_at(paths) == want
    assert status_reader.seen_at(SweepPaths("/gone")) == 0.0
