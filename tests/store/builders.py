"""Journals of records that can be told apart, and a trial with its folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sweeper.core.model import Attempt, Trial
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Paused, Record
from sweeper.store import journal, preparing
from sweeper.store.journal import Writer
from tests.builders import make_trial

TRIAL = replace(make_trial(0), params={"lr": 1e-3, "name": "ünï"}, command="touch ran")
FIRST = Attempt(0, 1)
ME = {"host": "here", "pid": 1, "since": 0.0}


def new_journal(folder: Path, records: Sequence[Record] = ()) -> SweepPaths:
    """A folder with nothing but a journal, whose first term holds `records`."""
    paths = SweepPaths(str(folder))
    Path(paths.journal).mkdir(parents=True)
    Path(paths.term(1)).write_bytes(journal.first_term(records, ME))
    return paths


def note(number: int | str) -> Record:
    """A record that can be told from others."""
    return Paused(f"note {number}")


def write(writer: Writer, *records: Record, sync: bool = False) -> None:
    for record in records:
        writer.append(record)
    writer.flush(sync=sync)


def take(paths: SweepPaths) -> Writer:
    return journal.takeover(paths, journal.read(paths), ME)


def prepare(paths: SweepPaths, trial: Trial = TRIAL, number: int = 1) -> bool:
    """Prepare an attempt, as the controller does."""
    return preparing.prepare(paths, trial, Attempt(trial.index, number), "/project")


def out(paths: SweepPaths, number: int = 1) -> Path:
    """An attempt's folder."""
    return Path(paths.trial(TRIAL).attempt(Attempt(0, number)))
