"""Of ended attempts everything is read in time, and what cannot be read now is read later."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

import pytest

from sweeper import outcome_reader
from sweeper.attempt_files import AttemptFiles
from sweeper.core.errors import StorageError, TransientStorageError
from sweeper.core.model import Attempt, ExitRecord, Phase, Reading, Sighting
from sweeper.core.records import Added, Launched, Launching
from sweeper.core.state import State
from sweeper.files import atomic
from sweeper.outcome_reader import OutcomeReader
from tests.builders import make_trial

FIRST, SECOND, THIRD = (Attempt(index, 1) for index in range(3))
EIO = atomic.failure("reading exit.json", OSError(errno.EIO, "Input/output error"))


class Folders:
    """The attempts' folders: `sick` cannot be read, `missing` have no record yet; a look takes `slow` s."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sick: dict[Attempt, Exception] = {}
        self.missing: set[Attempt] = set()
        self.slow = 0.0
        self.reads: list[Attempt] = []

    def monotonic(self) -> float:
        return self.now

    def read_exit(self, trial: Any, attempt: Attempt) -> ExitRecord | None:
        self.reads.append(attempt)
        self.now += self.slow
        if attempt in self.sick:
            raise self.sick[attempt]
        return None if attempt in self.missing else ExitRecord(uid(attempt), 0, False, 0.0, 1.0, 1.0, "h")

    def read_log_tail(self, trial: Any, attempt: Attempt) -> str:
        return ""

    def claim_abandoned(self, trial: Any, attempt: Attempt) -> str:
        return uid(attempt)

    def places(self, trial: Any, attempt: Attempt) -> tuple[str, str, str]:
        return "", "", str(attempt.trial)


def uid(attempt: Attempt) -> str:
    return f"uid-{attempt.trial}"


def ended() -> Mapping[Attempt, Sighting]:
    return {one: Sighting(one, Phase.ENDED, uid(one), 0.0) for one in (FIRST, SECOND, THIRD)}


@pytest.fixture
def folders() -> Folders:
    return Folders()


@pytest.fixture
def found(folders: Folders) -> OutcomeReader:
    """Three attempts that are live, as the journal knows; their files may come ten seconds late."""
    state = State()
    for one in (FIRST, SECOND, THIRD):
        state.apply(Added(make_trial(one.trial)))
        state.apply(Launching(one, 0.0))
        state.apply(Launched(one, uid(one)))
    store: Any = folders
    findings = AttemptFiles(store, lambda out: Reading({"seed": int(out)}), 10.0)
    return OutcomeReader(state, findings, folders.monotonic)


def test_one_attempt_that_cannot_be_read_holds_no_other_up(folders: Folders, found: OutcomeReader) -> None:
    """It is read later, and the note says which one, and why; then nothing of the trouble is left."""
    folders.sick[FIRST] = EIO
    assert set(found.look(ended(), 0.0)) == {SECOND, THIRD}
    assert found.message == (
        "trial 0 has ended and is read again later: reading exit.json: Input/output error"
    )
    folders.sick[SECOND] = EIO
    found.look(ended(), 0.5)
    assert found.message.startswith("trial 0 (and 1 more) has ended")
    assert folders.reads.count(FIRST) == 1  # it rests first
    del folders.sick[FIRST], folders.sick[SECOND]
    looked = found.look(ended(), 2.0)
    assert [looked[one].metrics for one in (FIRST, SECOND, THIRD)] == [{"seed": index} for index in range(3)]
    assert found.message == ""


def test_the_time_for_late_files_begins_when_they_can_be_looked_for(
    folders: Folders, found: OutcomeReader
) -> None:
    """After an outage that was longer than it, a record that is not seen at once is not given up at once."""
    folders.sick[FIRST] = EIO
    for at in range(60):
        found.look(ended(), float(at))
    folders.sick, folders.missing = {}, {FIRST}
    assert FIRST not in found.look(ended(), 100.0)
    assert FIRST not in found.look(ended(), 109.0)
    folders.missing = set()
    finding = found.look(ended(), 109.5)[FIRST]
    assert finding.exit is not None


def test_after_an_hour_it_ends_the_controller(folders: Folders, found: OutcomeReader) -> None:
    """Its outcome stays open for the next one: nothing is made up for what cannot be read."""
    folders.sick[FIRST] = EIO
    found.look(ended(), 0.0)
    found.look(ended(), outcome_reader.LONGEST - 1.0)
    with pytest.raises(TransientStorageError, match="Input/output error"):
        found.look(ended(), outcome_reader.LONGEST + 60.0)


def test_what_time_does_not_mend_is_an_error_at_once(folders: Folders, found: OutcomeReader) -> None:
    folders.sick[FIRST] = StorageError("reading exit.json: no")
    with pytest.raises(StorageError, match="no"):
        found.look(ended(), 0.0)


def test_a_turn_reads_no_more_than_it_has_time_for(folders: Folders, found: OutcomeReader) -> None:
    """On a slow volume the rest is read in the next turns; a turn reads one at least."""
    folders.slow = 3.0
    assert set(found.look(ended(), folders.now)) == {FIRST, SECOND}
    folders.slow = 100.0
    assert set(found.look(dict(list(ended().items())[2:]), folders.now)) == {THIRD}
