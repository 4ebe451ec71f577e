"""What an attempt leaves on one host is read on another: whole, and only as it was in the end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.core.model import Attempt
from sweeper.store import attempts
from tests.results.readers.conftest import final
from tests.store.builders import FIRST, TRIAL, out, prepare
from tests.volume.conftest import Shared

RECORD = json.dumps(
    {"uid": "u", "code": 0, "terminated": False, "start": 1.0, "end": 2.5, "host": "b"}, separators=(",", ":")
)


def listed(here: Path, there: Path) -> None:
    """The folder has been listed."""
    os.listdir(here.parent)


def missed(here: Path, there: Path) -> None:
    """The name was looked up before it was there."""
    assert not here.exists()


def seen_empty(here: Path, there: Path) -> None:
    """The file was looked at when it had just been made."""
    there.touch()
    assert here.stat().st_size == 0


def seen_half(here: Path, there: Path) -> None:
    """The file was looked at while it was written."""
    there.write_bytes(b'{"x": 1}\n')
    assert here.stat().st_size == 9


Look = Callable[[Path, Path], None]
LOOKS: list[Look] = [listed, missed, seen_empty, seen_half]


@pytest.fixture
def places(shared: Shared) -> tuple[Path, Path]:
    """The folder of an attempt, where it is read and where it is written."""
    prepare(shared.a.paths)
    return out(shared.a.paths), out(shared.b.paths)


@pytest.mark.parametrize("look", LOOKS)
def test_an_exit_record_is_read_however_early_it_was_looked_for(
    places: tuple[Path, Path], look: Look
) -> None:
    """The proof of an end is found as soon as the end is known."""
    here, there = places
    look(here / "exit.json", there / "exit.json")
    (there / "exit.json").write_text(f"{RECORD}\n")
    record = attempts.read_exit(str(here))
    assert record is not None
    assert (record.uid, record.end - record.start) == ("u", 1.5)


@pytest.mark.parametrize("name", ["metrics.json", "metrics.jsonl", "metrics.csv"])
@pytest.mark.parametrize("look", LOOKS)
def test_the_final_metrics_are_read_however_early_they_were_looked_for(
    places: tuple[Path, Path], look: Look, name: str
) -> None:
    """Neither as missing nor as they were when somebody last looked at them."""
    here, there = places
    look(here / name, there / name)
    lines = ["x", *map(str, range(9))] if name.endswith("csv") else [f'{{"x": {x}}}' for x in range(9)]
    (there / name).write_text("\n".join(lines[-1:] if name.endswith("n") else lines) + "\n")
    assert final(str(here)) == ({"x": 8}, "")


@pytest.mark.parametrize("look", LOOKS)
def test_the_end_of_a_log_is_read_however_early_it_was_looked_for(shared: Shared, look: Look) -> None:
    """The last line is there: it says why the attempt has failed."""
    prepare(shared.a.paths)
    look(out(shared.a.paths) / "log.txt", out(shared.b.paths) / "log.txt")
    (out(shared.b.paths) / "log.txt").write_text("one\ntwo\nValueError\n")
    assert attempts.read_log_tail(shared.a.paths, TRIAL, FIRST) == "one\ntwo\nValueError\n"


def test_what_is_not_there_is_still_not_there(shared: Shared) -> None:
    """To have asked again makes nothing of nothing."""
    prepare(shared.a.paths)
    assert attempts.read_exit(str(out(shared.a.paths))) is None
    assert attempts.read_exit(str(out(shared.a.paths, 2))) is None
    assert attempts.read_log_tail(shared.a.paths, TRIAL, Attempt(0, 1)) == ""
    assert final(str(out(shared.a.paths))) == ({}, "")
    assert os.listdir(out(shared.truth.paths)) == []
