"""The writer of a sweep: one process at a time, and it alone writes what counts."""

from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sweeper.core import packed
from sweeper.core.errors import StorageError, SupersededError, SweepHeldError
from sweeper.core.records import Added, Paused, Resumed
from sweeper.core.snapshot import Snapshot
from sweeper.files import atomic
from sweeper.store import journal, retrying
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.disks import Fail
from tests.store.builders import FIRST, TRIAL


def test_a_held_sweep_is_written_by_its_holder_alone(folder: SweepFolder) -> None:
    """While one holds it nobody else takes it; the next one finds all that was written."""
    writer = SweepWriter.take(folder)
    assert folder.is_held()
    with pytest.raises(SweepHeldError, match=f"held by process {os.getpid()} "):
        SweepWriter.take(folder)
    writer.append(Paused("because"))
    writer.flush()
    writer.release()
    assert not folder.is_held()
    following = SweepWriter.take(folder)
    assert following.records[-1] == Paused("because")
    following.release()


def test_a_holder_reaches_its_attempts(folder: SweepFolder) -> None:
    """Through the store attempts are made, claimed, found and read."""
    writer, trial, attempt = SweepWriter.take(folder), TRIAL, FIRST
    assert writer.prepare(trial, attempt)
    shim, place, out = writer.places(trial, attempt)
    assert os.path.isfile(shim)
    assert out == f"{place}/attempts/1"
    assert os.path.isdir(out)
    assert writer.read_exit(trial, attempt) is None
    ranks = "[rank0]: ValueError\n" + "x" * 60_000  # eight ranks print that much
    Path(out, "log.txt").write_text(ranks)
    assert writer.read_log_tail(trial, attempt) == ranks
    assert writer.claim_abandoned(trial, attempt) is None
    assert Path(out, "owner").read_text() == "void 2\n"
    writer.release()


def test_a_status_that_cannot_be_written_is_an_error(folder: SweepFolder, fail: Fail) -> None:
    """A full disk is noticed at the latest with the next snapshot."""
    writer = SweepWriter.take(folder)
    fail("replace")
    with pytest.raises(StorageError, match=r"writing .*/status\.json: the disk or its quota is full"):
        writer.write_status(Snapshot(0.0, {}, 1, [], [], "", None))
    writer.release()


def test_who_is_refused_elsewhere_fences_nobody_out(folder: SweepFolder) -> None:
    """What else decides who holds a sweep is asked before the former controller's term is ended."""

    def refuse() -> None:
        raise SweepHeldError("says the cluster")

    former = SweepWriter.take(folder)
    with pytest.raises(SweepHeldError, match="says the cluster"):
        SweepWriter.take(folder, by_force=True, claim=refuse)
    former.check()
    former.append(Paused("because"))
    former.flush()
    assert folder.read().records[-1] == Paused("because")
    former.release()


def test_who_takes_over_by_force_is_the_holder(folder: SweepFolder) -> None:
    """The former holder notices before its next effect, and when it goes the sweep stays held."""
    former = SweepWriter.take(folder)
    writer = SweepWriter.take(folder, by_force=True)
    former.append(Paused("too late"))
    with pytest.raises(SupersededError):
        former.flush()
    former.release()
    assert folder.is_held()
    writer.append(Resumed())
    writer.flush()
    writer.release()
    assert folder.read().records[-1] == Resumed()


@pytest.mark.parametrize("force", [(True, True, True), (False, True, True)], ids=["forced", "one asks"])
def test_of_many_who_take_it_at_once_one_holds_it(folder: SweepFolder, force: tuple[bool, ...]) -> None:
    """Whoever wins is also seen to hold it, and only that one can write what counts."""
    with ThreadPoolExecutor(3) as pool:
        for round_ in range(25):
            start = threading.Barrier(3)

            def attempt(number: int, start: threading.Barrier = start) -> SweepWriter | None:
                start.wait()
                try:
                    return SweepWriter.take(folder, by_force=force[number])
                except (SweepHeldError, SupersededError):
                    return None

            found = [writer for writer in pool.map(attempt, range(3)) if writer]
            living = [writer for writer in found if not is_superseded(writer)]
            assert len(living) == 1
            for writer in found:
                if writer not in living:
                    writer.release()
            assert folder.is_held(), f"round {round_}"
            living[0].append(Paused(str(round_)))
            living[0].flush()
            living[0].release()
            assert not folder.is_held()
    assert [record.reason for record in folder.read().records if isinstance(record, Paused)] == [
        str(round_) for round_ in range(25)
    ]


def is_superseded(writer: SweepWriter) -> bool:
    try:
        writer.check()
    except SupersededError:
        return True
    return False


def test_a_winner_whose_lock_a_slower_rival_replaced_is_still_the_holder(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two force their way in at once: the one whose term counts ends up with the lock, too."""
    really = journal.takeover

    def rival(*args: Any) -> journal.Writer:
        monkeypatch.setattr(journal, "takeover", lose)
        with pytest.raises(SweepHeldError):
            SweepWriter.take(folder, by_force=True)
        monkeypatch.setattr(journal, "takeover", really)
        return really(*args)

    def lose(*_: Any) -> journal.Writer:
        raise SweepHeldError("another was faster")

    monkeypatch.setattr(journal, "takeover", rival)
    writer = SweepWriter.take(folder, by_force=True)
    assert folder.is_held()
    with pytest.raises(SweepHeldError):
        SweepWriter.take(folder)
    writer.release()
    assert not folder.is_held()


def test_a_sweep_that_could_not_be_taken_is_not_held(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the journal is damaged or the disk full, the lock is let go again."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "publish", full)
        with pytest.raises(StorageError, match="the disk or its quota is full"):
            SweepWriter.take(folder)
    assert not folder.is_held()
    Path(folder.paths.term(1)).write_bytes(b"?")
    with pytest.raises(StorageError, match="is damaged at byte 0"):
        SweepWriter.take(folder)
    assert not folder.is_held()


def test_letting_go_frees_the_sweep_even_where_closing_fails(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems report a full disk only when a file is closed."""
    writer = SweepWriter.take(folder)
    really = os.close

    def close(handle: int) -> None:
        monkeypatch.setattr(os, "close", really)
        really(handle)
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(os, "close", close)
    with pytest.raises(OSError, match="quota"):
        writer.release()
    assert not folder.is_held()


def test_settings_that_could_not_be_written_at_once_are_written(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds here is what the next controller reads."""
    writer = SweepWriter.take(folder)
    really, failures = os.replace, [OSError(errno.EIO, "Input/output error")]

    def failing(old: str, new: str) -> None:
        if new.endswith("sweep.json") and failures:
            raise failures.pop()
        really(old, new)

    monkeypatch.setattr(os, "replace", failing)
    monkeypatch.setattr(retrying.time, "sleep", lambda seconds: None)
    settings = writer.change_results({"required": True})
    writer.release()
    assert not failures
    assert settings.results.required
    assert SweepFolder(folder.paths.folder).settings == settings


def test_what_the_journal_held_can_be_asked_for_once_it_is_let_go(folder: SweepFolder) -> None:
    """It is read again, and is what it was, whatever has been written since."""
    first = SweepWriter.take(folder)
    first.append(Paused("for now"))
    first.flush()
    first.release()
    writer = SweepWriter.take(folder)
    held = writer.records
    assert held[-1] == Paused("for now")
    writer.append(Resumed())
    writer.flush()
    writer.let_records_go()
    assert writer.records == held
    writer.release()


def test_a_large_sweep_is_read_packed_by_its_controller_alone(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trials are the same."""
    monkeypatch.setattr(packed, "FIRST", 1)
    writer = SweepWriter.take(folder)
    trials = [record.trial for record in writer.records if isinstance(record, Added)]
    plain = [record.trial for record in folder.read().records if isinstance(record, Added)]
    assert trials == plain
    assert [isinstance(one, packed.PackedTrial) for one in trials] == [one.index > 0 for one in plain]
    assert not any(isinstance(one, packed.PackedTrial) for one in plain)
    writer.release()
