"""exit.json, the proof of an end: what is not one, whole, proves nothing."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.errors import StorageError
from sweeper.core.model import ExitRecord
from sweeper.files.regular import read_limited
from sweeper.store import attempts
from tests.disks import Fail

GOOD: dict[str, Any] = {
    "uid": "host:boot:12:34",
    "code": 3,
    "terminated": True,
    "start": 10.5,
    "end": 12,
    "host": "host",
}
GARBAGE = {
    "empty": "{}\n",
    "brace": "}\n",
    "list": '[{"uid":"u"}\n',
    "number": "1e999}\n",
    "deep": "[" * 60_000 + "}\n",
    "deep objects": '{"a":' * 10_000 + "}\n",
    "no text": "\xff}\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An attempt's folder."""
    return tmp_path


def test_a_whole_record_is_read(place: Path) -> None:
    """What the shim wrote comes back typed, dated as the file is."""
    (place / "exit.json").write_text(json.dumps(GOOD) + "\n")
    os.utime(place / "exit.json", (0, 1234.5))
    assert attempts.read_exit(str(place)) == ExitRecord(
        "host:boot:12:34", 3, True, 10.5, 12.0, 1234.5, "host"
    )


@pytest.mark.parametrize(
    ("text", "want"), [("2", 2), ("0", 0), ("-1", 0), ("true", 0), ('"2"', 0), ("1.5", 0), ("null", 0)]
)
def test_kills_for_want_of_memory_are_counted(place: Path, text: str, want: int) -> None:
    """A record may tell a number of them; what is no number counts for nothing."""
    (place / "exit.json").write_text(json.dumps(GOOD)[:-1] + f',"oom_kills":{text}}}\n')
    found = attempts.read_exit(str(place))
    assert found
    assert found.oom_kills == want


def test_a_host_that_fits_into_no_file_is_made_to_fit(place: Path) -> None:
    """A program may have written the record itself; the table is there all the same."""
    (place / "exit.json").write_text(json.dumps({**GOOD, "host": "\ud800" + "h" * 300}) + "\n")
    found = attempts.read_exit(str(place))
    assert found
    assert found.host == "?" + "h" * 254


def test_a_record_cut_anywhere_is_none(place: Path) -> None:
    """Cut at every single byte it is not there yet."""
    raw = json.dumps(GOOD).encode() + b"\n"
    for size in range(len(raw)):
        (place / "exit.json").write_bytes(raw[:size])
        assert attempts.read_exit(str(place)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": None},
        {"uid": 5},
        {"code": "3"},
        {"code": 1.5},
        {"code": float("inf")},
        {"terminated": "no"},
        {"start": "1"},
        {"start": float("nan")},
        {"end": float("inf")},
        {"end": 10**400},
        {"host": []},
    ],
    ids=lambda changes: str(changes)[:30],
)
def test_a_record_of_another_make_is_none(place: Path, changes: dict[str, Any]) -> None:
    """A file that has the name but not the content of a record is no proof of anything."""
    (place / "exit.json").write_text(json.dumps(GOOD | changes) + "\n")
    assert attempts.read_exit(str(place)) is None


@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_none(place: Path, text: str) -> None:
    """Nor is one that is no JSON at all, or JSON made to break readers."""
    (place / "exit.json").write_text(text, "latin-1")
    assert attempts.read_exit(str(place)) is None


def test_a_huge_file_is_none_at_once(place: Path) -> None:
    """A file of a terabyte is not read."""
    with open(place / "exit.json", "wb") as file:
        file.truncate(1 << 40)
        file.seek(-2, os.SEEK_END)
        file.write(b"}\n")
    assert attempts.read_exit(str(place)) is None
    assert read_limited(str(place / "exit.json"), 2, tail=True) == b"}\n"


def test_what_is_no_file_is_none_and_blocks_nobody(place: Path) -> None:
    """A pipe, a folder, a socket's or a link's place: none of them is opened in earnest or followed."""
    path = place / "exit.json"
    assert attempts.read_exit(str(place)) is None
    os.mkfifo(path)
    assert attempts.read_exit(str(place)) is None
    path.unlink()
    path.mkdir()
    assert attempts.read_exit(str(place)) is None
    path.rmdir()
    (place / "real").write_text(json.dumps(GOOD) + "\n")
    path.symlink_to("real")
    assert attempts.read_exit(str(place)) is None
    assert attempts.read_exit(str(place / "real")) is None


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ENOMEM, errno.ESTALE])
def test_a_machine_in_trouble_proves_nothing(place: Path, fail: Fail, number: int) -> None:
    """Not to be able to read it now is not the same as that there is none: that would be wrong for ever."""
    (place / "exit.json").write_text(json.dumps(GOOD) + "\n")
    fail("open", number)
    with pytest.raises(StorageError, match=r"reading .*/exit.json: "):
        attempts.read_exit(str(place))
