"""What is known of an ended attempt, and when: played with a folder that is real and time that is not."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from sweeper.attempt_files import AttemptFiles
from sweeper.core.errors import TransientStorageError
from sweeper.core.model import Attempt, Phase, Reading, Sighting
from sweeper.core.state import State
from sweeper.store import attempts
from sweeper.store.folder import SweepWriter
from tests.builders import make_sweep

GRACE, FIRST = 75.0, Attempt(0, 1)
RECORD = '{"uid":"u","code":0,"terminated":false,"start":1,"end":2,"host":"n"}\n'


@pytest.fixture
def writer(tmp_path: Path):
    found = SweepWriter.take(make_sweep(tmp_path, 1))
    yield found
    found.release()


class Asked:
    """One attempt that has ended, and whoever asks what it left."""

    def __init__(self, writer: SweepWriter) -> None:
        self.trial = State().apply_all(writer.records).trials[0].trial
        writer.prepare(self.trial, FIRST)
        self.out = Path(writer.places(self.trial, FIRST)[2])
        self.writer = writer
        self.findings = self.another()

    def another(self) -> AttemptFiles:
        return AttemptFiles(self.writer, lambda out: Reading({"acc": 1.0}), GRACE)

    def at(self, now: float, since: float = 100.0, ran: bool = True):
        sighting = Sighting(FIRST, Phase.ENDED, "u", since, ran=ran)
        return self.findings.of(self.trial, sighting, now)


@pytest.fixture
def asked(writer: SweepWriter) -> Asked:
    return Asked(writer)


def test_what_nobody_claimed_is_known_at_once(asked: Asked) -> None:
    """Its program never started, and from now on it never will: not even a pod that is late can claim it."""
    found = asked.at(100.0)
    assert found is not None
    assert (found.exit, found.claimed) == (None, False)
    assert (asked.out / "owner").read_text().startswith("void ")
    assert asked.another().of(asked.trial, Sighting(FIRST, Phase.ENDED, "u", 0.0), 0.0) == found


def test_what_was_claimed_is_waited_for(asked: Asked) -> None:
    """Its record may be late by a minute; what never comes is not waited for any longer."""
    (asked.out / "owner").write_text("u\n")
    assert asked.at(100.0) is None
    assert asked.at(100.0 + GRACE - 1) is None
    late = asked.at(100.0 + GRACE)
    assert late is not None
    assert (late.exit, late.claimed) == (None, True)
    assert (asked.out / "owner").read_text() == "u\n"


def test_a_record_is_read_as_soon_as_it_is_there(asked: Asked) -> None:
    """With the metrics beside it."""
    (asked.out / "owner").write_text("u\n")
    assert asked.at(100.0) is None
    (asked.out / "exit.json").write_text(RECORD)
    found = asked.at(101.0)
    assert found is not None
    assert found.exit is not None
    assert (found.exit.code, found.metrics, found.claimed) == (0, {"acc": 1.0}, True)


def test_another_controller_waits_only_for_the_rest(asked: Asked) -> None:
    """The time counts from the end that the cluster tells, not from the first look at it."""
    (asked.out / "owner").write_text("u\n")
    assert asked.at(100.0, since=100.0 - GRACE + 1) is None
    asked.findings = asked.another()
    assert asked.at(100.0, since=100.0 - GRACE) is not None


def test_what_nobody_claimed_never_ran_however_late_that_is_asked(asked: Asked) -> None:
    """The machine slept, or the volume was away, for longer than anything is waited for."""
    found = asked.at(100.0 + GRACE)
    assert found is not None
    assert not found.claimed


def test_nothing_is_claimed_or_waited_for_where_nothing_can_have_run(asked: Asked) -> None:
    """The backend saw that nothing of it ran."""
    assert asked.at(100.0, ran=False) is not None
    assert not (asked.out / "owner").exists()


def test_a_claim_that_cannot_be_made_is_no_news(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that is damaged: it is waited for as if it had run."""

    def fail(*_: object) -> str:
        raise OSError(errno.EISDIR, "Is a directory")

    monkeypatch.setattr(attempts, "_claim", fail)
    assert asked.at(100.0) is None
    assert asked.at(100.0 + GRACE) is not None


def test_a_volume_in_trouble_is_asked_again(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can tell whether it ran, so nothing is made up, however long that takes."""
    with monkeypatch.context() as patch:

        def fail(*_: object) -> str:
            raise OSError(errno.EIO, "Input/output error")

        patch.setattr(attempts, "_claim", fail)
        with pytest.raises(TransientStorageError):
            asked.at(100.0)
    found = asked.at(101.0)
    assert found is not None
    assert not found.claimed


def test_an_emptied_folder_with_a_record_counts_as_run(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may take its claim away; the record that its shim left is the proof all the same."""
    claim = asked.writer.claim_abandoned

    def late(*given: object) -> str | None:
        (asked.out / "exit.json").write_text(RECORD)
        return claim(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(asked.writer, "claim_abandoned", late)
    found = asked.at(100.0)
    assert found is not None
    assert found.exit is not None
    assert (found.claimed, found.metrics) == (True, {"acc": 1.0})


def test_a_forgotten_attempt_leaves_nothing_behind(asked: Asked) -> None:
    """Its outcome is durable, and whatever was remembered of it goes."""
    (asked.out / "owner").write_text("u\n")
    asked.at(100.0)
    assert not asked.findings.is_empty
    asked.findings.forget(FIRST)
    assert asked.findings.is_empty
