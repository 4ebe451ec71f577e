"""Whoever looks at a sweep from another host sees how it stands, however often it has looked before."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sweeper.cli import follow
from sweeper.cli.main import main
from sweeper.core.errors import UsageError
from sweeper.core.model import Cause, Outcome
from sweeper.core.records import Added, Ended, Launched, Launching
from sweeper.core.settings import Settings
from sweeper.core.snapshot import Snapshot
from sweeper.store import lock, status_reader, sweep_index
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.builders import make_sweep, make_trial
from tests.store.builders import FIRST, out, prepare
from tests.volume.conftest import Hosts, Shared

DONE = Outcome(Cause.COMPLETED, 1.0, 2.0, metrics={"score": 0.5})


def snapshot(at: float, running: int = 0) -> Snapshot:
    counts = {"queued": 2 - running, "running": running}
    return Snapshot(at, counts, slots=2, running=[], failures=[], paused="", eta=None)


def date(shared: Shared, journal: float, status: float) -> None:
    """Say when the journal and the snapshot were written last."""
    for term in (1, 2):
        os.utime(shared.truth.paths.term(term), (journal, journal))
    os.utime(shared.truth.paths.status, (status, status))


def test_a_sweep_that_was_looked_for_too_early_is_found(hosts: Hosts) -> None:
    """By its name, by its path and as the newest, as soon as another host has made it."""
    for wanted in ("played", os.fspath(hosts.b / "played"), None):
        with pytest.raises(UsageError, match="there is no sweep"):
            sweep_index.find(hosts.b, wanted)
    make_sweep(hosts.a, 2)
    for found in ("played", os.fspath(hosts.b / "played"), None):
        assert sweep_index.find(hosts.b, found).folder == os.fspath(hosts.b / "played")


@pytest.mark.parametrize("looked_for", ["sweeps", "sweeps/played"])
def test_all_sweeps_are_found_though_they_were_looked_for(hosts: Hosts, looked_for: str) -> None:
    """What lies there is listed, also where this host remembers the folder of all, or of one, as absent."""
    if "/" in looked_for:
        (hosts.a / "sweeps").mkdir()
    assert not (hosts.b / looked_for).exists()
    make_sweep(hosts.a / "sweeps", 2)
    assert [paths.name for paths in sweep_index.all_sweeps(hosts.b / "sweeps")] == ["played"]


def test_settings_that_another_host_has_changed_are_read_whole(shared: Shared) -> None:
    """A longer sweep.json is not cut off where the one before ended."""
    os.stat(shared.b.paths.manifest)
    longer = replace(shared.a.settings, results=replace(shared.a.settings.results, metric="m" * 100))
    shared.a.change_settings(longer)
    assert SweepFolder(shared.b.paths.folder).settings == longer != Settings()


def test_the_last_snapshot_is_read_as_it_was_written_last(shared: Shared) -> None:
    """It is replaced once a second, now shorter, now longer."""
    writer = SweepWriter.take(shared.a)
    for at in (1.0, 1234567890.123, 2.0):
        os.path.exists(shared.b.paths.status)
        writer.write_status(snapshot(at))
        assert status_reader.read(shared.b.paths) == snapshot(at)
    writer.release()


def test_an_old_snapshot_is_not_believed(shared: Shared) -> None:
    """What was journalled after it on another host is noticed, so the journal is asked."""
    writer = SweepWriter.take(shared.a)
    writer.write_status(snapshot(time.time() - 3600.0))
    date(shared, 100.0, 200.0)
    assert status_reader.current(shared.b.paths, held=False) is not None
    writer.append(Launching(FIRST, 1.0))
    writer.flush()
    assert status_reader.current(shared.b.paths, held=False) is None
    writer.release()


def test_signs_of_life_are_seen_as_they_come(shared: Shared) -> None:
    """The age and the size of the journal, and the age of the snapshot, grow for every host."""
    writer = SweepWriter.take(shared.a)
    writer.write_status(snapshot(1.0))
    date(shared, 1.0, 1.0)
    for at in (1e9, 2e9):
        writer.append(Launching(FIRST, at))
        writer.flush()
        assert status_reader.journal_size(shared.b.paths) == status_reader.journal_size(shared.truth.paths)
        date(shared, at, at / 2)
        assert status_reader.journalled_at(shared.b.paths) == at == status_reader.seen_at(shared.b.paths)
        date(shared, at, at + 1)
        assert status_reader.seen_at(shared.b.paths) == at + 1
    writer.release()


def test_every_host_knows_who_holds_the_sweep(shared: Shared) -> None:
    """A longer name is not cut off where the one before ended."""
    Path(shared.a.paths.lock).write_text("{}")
    assert Path(shared.b.paths.lock).stat().st_size == 2
    Path(shared.a.paths.lock).write_text('{"host": "there", "pid": 1}')
    assert lock.holder(shared.b.paths) == {"host": "there", "pid": 1}


def test_a_log_is_followed_to_its_last_line(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """From before it is there, while it grows, up to what came right before the end."""
    prepare(shared.a.paths)
    writer = SweepWriter.take(shared.a)
    there, here = (out(folder.paths) / "log.txt" for folder in (shared.a, shared.b))
    lines, written = [f"line {number}\n".encode() for number in range(6)], 0
    writer.append(Launching(FIRST, 1.0))
    writer.append(Launched(FIRST, "u"))
    writer.flush()

    def pass_time(seconds: float) -> None:
        """Another line comes, and right after the last one the end."""
        nonlocal written
        os.path.exists(here)
        with open(there, "ab", buffering=0) as log:
            log.write(lines[written])
        written += 1
        if written == len(lines):
            writer.append(Ended(FIRST, "u", DONE, again=False, delay=0.0))
            writer.flush()

    monkeypatch.setattr(follow, "time", SimpleNamespace(sleep=pass_time, monotonic=lambda: written))
    assert follow.follow(shared.b, os.fspath(here), FIRST) == 0
    assert capsysbinary.readouterr().out == b"".join(lines)
    writer.release()


def test_what_the_commands_print_is_how_the_sweep_stands(
    shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`status`, `results` and `logs`, each asked before and after something has happened elsewhere."""
    monkeypatch.chdir(tmp_path)
    prepare(shared.a.paths)
    writer = SweepWriter.take(shared.a)
    place = shared.b.paths.folder

    def printed(*words: str) -> Any:
        assert main(words) == 0
        return capsys.readouterr().out

    def seen() -> tuple[Any, ...]:
        status = json.loads(printed("status", place, "-o", "json"))
        rows = json.loads(printed("results", place, "-o", "json"))
        return status["counts"]["completed"], len(rows), [row["state"] for row in rows], rows[0].get("score")

    assert seen() == (0, 2, ["queued", "queued"], None)
    writer.append(Launching(FIRST, 1.0))
    writer.append(Launched(FIRST, "u"))
    writer.flush()
    assert seen() == (0, 2, ["running", "queued"], None)
    assert printed("logs", place, "0") == ""
    (out(shared.a.paths) / "log.txt").write_text("as printed\n")
    assert printed("logs", place, "0") == "as printed\n"
    writer.append(Ended(FIRST, "u", DONE, again=False, delay=0.0))
    writer.append(Added(make_trial(2)))
    writer.flush()
    assert seen() == (1, 3, ["completed", "queued", "queued"], 0.5)
    writer.release()
