"""The journal: whatever is torn, damaged or written too late, the reading is exactly what counts."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

import pytest

from sweeper.core.errors import StorageError
from sweeper.core.model import Attempt, Cause, Outcome
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Added, Ended, Launching, Paused, Record, Resumed
from sweeper.store import journal, journal_lines
from tests.builders import make_sweep, make_trial
from tests.disks import Fail
from tests.store.builders import FIRST, ME, new_journal, note, take, write

FULL = "the disk or its quota is full"


def two_terms(folder: Path) -> SweepPaths:
    """Term 1 with three records and a late fourth one, term 2 with four."""
    paths = new_journal(folder, [note(number) for number in range(3)])
    writer = take(paths)
    with open(paths.term(1), "ab") as late:
        late.write(journal.line({"is": "paused", "reason": "too late"}))
    write(writer, *(note(number) for number in range(3, 7)))
    writer.close()
    return paths


def starts(raw: bytes) -> list[int]:
    """Where the lines begin, and where the last one ends."""
    found = [0]
    for line in raw.splitlines(keepends=True):
        found.append(found[-1] + len(line))
    return found


ODD: list[Record] = [
    Launching(Attempt(1, 2), 3.5),
    Paused('"quotes", \\ and\r\nnew lines, \x00, \u2028, ünï, 💥, ]\n'),
    Paused("a lone surrogate \ud800 and what was no UTF-8 \udcff"),
    Ended(
        Attempt(0, 1), "u", Outcome(Cause.ERROR, 1.0, 2.0, 1, "h", {"a": [1, {"b": None}]}, "no"), True, 2.0
    ),
    Resumed(),
]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """All records come back, in order and equal, from the first term and from later ones."""
    added = [Added(make_trial(index)) for index in range(3)]
    paths = new_journal(tmp_path, [*added[:2], *ODD])
    writer = take(paths)
    write(writer, added[2], *ODD, sync=True)
    write(writer)
    reading = journal.read(paths)
    assert reading.records == (*added[:2], *ODD, added[2], *ODD)
    assert (reading.term, reading.holder) == (2, ME)
    assert reading.end == Path(paths.term(2)).stat().st_size
    writer.close()


def test_nothing_is_written_before_the_flush(tmp_path: Path) -> None:
    """Gathered records are nowhere yet; a flush writes them once."""
    paths = new_journal(tmp_path)
    writer = take(paths)
    writer.append(note(1))
    assert journal.read(paths).records == ()
    writer.flush()
    writer.flush()
    assert journal.read(paths).records == (note(1),)
    writer.close()


def test_metrics_that_are_no_numbers_survive(tmp_path: Path) -> None:
    """NaN and the infinities come back as what they were."""
    metrics = {"nan": float("nan"), "up": float("inf"), "down": float("-inf")}
    ended = Ended(FIRST, "u", Outcome(Cause.COMPLETED, 1, 2, metrics=metrics))
    paths = new_journal(tmp_path, [Added(make_trial(0)), ended])
    _, record = journal.read(paths).records
    assert isinstance(record, Ended)
    assert repr(record.outcome.metrics) == repr(metrics)


def test_records_of_a_newer_version_are_skipped(tmp_path: Path) -> None:
    """A kind of record that this version does not know is passed over, its neighbours count."""
    paths = new_journal(tmp_path, [note(1)])
    with open(paths.term(1), "ab") as file:
        file.write(journal.line({"is": "invented", "later": [1, 2]}) + journal.line({"is": "resumed"}))
    assert journal.read(paths).records == (note(1), Resumed())


def test_a_journal_cut_anywhere_keeps_every_whole_line(tmp_path: Path) -> None:
    """Cut at every single byte behind its first line, the last term gives the lines before, and goes on."""
    paths = two_terms(tmp_path)
    path = Path(paths.term(2))
    raw = path.read_bytes()
    ends = starts(raw)
    for size in range(ends[1], len(raw) + 1):
        path.write_bytes(raw[:size])
        reading = journal.read(paths)
        whole = sum(end <= size for end in ends[2:])
        assert reading.records == tuple(note(number) for number in range(3 + whole))
        assert reading.end == ends[1 + whole]
    for size in range(ends[1], len(raw) + 1, 7):
        path.write_bytes(raw[:size])
        before = journal.read(paths).records
        writer = take(paths)
        write(writer, note("next"))
        assert journal.read(paths).records == (*before, note("next"))
        writer.close()
        os.unlink(paths.term(3))


def test_a_first_line_that_is_not_whole_is_damage(tmp_path: Path) -> None:
    """A term is published whole, so one without its whole first line has been damaged since."""
    paths = two_terms(tmp_path)
    path = Path(paths.term(2))
    raw = path.read_bytes()
    for size in range(starts(raw)[1]):
        path.write_bytes(raw[:size])
        with pytest.raises(StorageError, match=r"000002.jsonl is damaged at byte 0: restore it"):
            journal.read(paths)


@pytest.mark.parametrize("bit", [0x01, 0x20, 0x80])
def test_a_flipped_bit_where_it_counts_is_named(tmp_path: Path, bit: int) -> None:
    """Any flipped bit in front of the last line is an error that names the file and the line's byte."""
    paths = two_terms(tmp_path)
    cut = Path(paths.term(1)).read_bytes().rindex(b'["')
    for term in (1, 2):
        path = Path(paths.term(term))
        raw = path.read_bytes()
        ends = starts(raw)
        # In the last line but one of the newest term a lost line end takes the last line with it: see below.
        counts = cut if term == 1 else ends[-2] - 1
        for at in range(counts):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :])
            line = max(start for start in ends if start <= at)
            with pytest.raises(StorageError) as caught:
                journal.read(paths)
            assert str(caught.value) == f"{path} is damaged at byte {line}: restore it from a copy"
        path.write_bytes(raw)
    assert len(journal.read(paths).records) == 7


@pytest.mark.parametrize("bit", [0x01, 0x20, 0x80])
def test_a_flipped_bit_in_the_tail_ends_the_reading(tmp_path: Path, bit: int) -> None:
    """In the last line a flipped bit costs that line alone: it cannot be told from a torn one."""
    paths = two_terms(tmp_path)
    path = Path(paths.term(2))
    raw = path.read_bytes()
    start = starts(raw)[-2]
    for at in range(start, len(raw)):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :])
        assert journal.read(paths).records == tuple(note(number) for number in range(6))
    path.write_bytes(raw[: start - 1] + b" " + raw[start:])
    assert journal.read(paths).records == tuple(note(number) for number in range(5))


def test_what_lies_behind_a_cut_may_be_anything(tmp_path: Path) -> None:
    """Behind the byte where a term was left neither damage nor whole lines count."""
    paths = two_terms(tmp_path)
    want = journal.read(paths).records
    with open(paths.term(1), "ab") as file:
        file.write(b"\xff\x00 garbage\n" + journal.line({"is": "resumed"}) + b'["torn')
    assert journal.read(paths).records == want


def test_a_page_that_never_reached_the_disk_ends_the_reading(tmp_path: Path) -> None:
    """After a power cut there may be zeros in a part that was not synced: that is torn, not damaged."""
    paths = two_terms(tmp_path)
    path = Path(paths.term(2))
    raw = path.read_bytes()
    ends = starts(raw)
    path.write_bytes(raw[: ends[2] + 9] + bytes(512) + raw[ends[3] + 5 :])
    assert journal.read(paths).records == tuple(note(number) for number in range(4))
    path.write_bytes(raw + bytes(4096))
    assert len(journal.read(paths).records) == 7


def test_a_missing_term_is_named(tmp_path: Path) -> None:
    """A hole in the row of terms is an error that names the missing file; other files do not matter."""
    paths = two_terms(tmp_path)
    take(paths).close()
    for name in ("000004.jsonl.0a1b.tmp", "notes.jsonl", "000009.jsonl~"):
        Path(paths.journal, name).write_text("?")
    assert journal.read(paths).term == 3
    os.unlink(paths.term(2))
    with pytest.raises(StorageError, match=r"000002.jsonl is missing"):
        journal.read(paths)
    for number in (1, 3):
        os.unlink(paths.term(number))
    with pytest.raises(StorageError, match="is empty: this is not a whole sweep folder"):
        journal.read(paths)
    with pytest.raises(StorageError, match="No such file"):
        journal.read(SweepPaths(str(tmp_path / "gone")))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("written", [0, 1, 30, 70])
def test_a_write_that_failed_halfway_leaves_a_whole_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, written: int
) -> None:
    """A full disk is said in one line, that controller writes no more, and the next one goes on."""
    paths = new_journal(tmp_path, [note(0)])
    writer, really, room = take(paths), os.write, [written]

    def write_some(handle: int, data: memoryview) -> int:
        if not room:
            raise OSError(number, os.strerror(number))
        return really(handle, data[: room.pop()])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_some)
        with pytest.raises(StorageError, match=f"writing .*000002.jsonl: {FULL}"):
            write(writer, note(1), note(2))
    with pytest.raises(StorageError, match="an earlier write has failed; resume the sweep"):
        write(writer, note(3))
    writer.close()
    kept = journal.read(paths).records
    assert kept == tuple(note(number) for number in range(len(kept)))
    following = take(paths)
    write(following, note("next"))
    following.close()
    assert journal.read(paths).records == (*kept, note("next"))


def test_a_takeover_on_a_full_disk_changes_nothing(tmp_path: Path, fail: Fail) -> None:
    """Where the next term cannot be begun, the journal is as before."""
    paths = new_journal(tmp_path, [note(0)])
    reading = journal.read(paths)
    fail("link")
    with pytest.raises(StorageError, match=FULL):
        journal.takeover(paths, reading, ME)
    assert journal.read(paths) == reading
    assert [name for name in os.listdir(paths.journal) if not name.endswith(".fence")] == ["000001.jsonl"]


def test_a_disk_that_is_really_full(tiny_disk: Path) -> None:
    """On a disk that runs full every flush that returned is kept, and with space the sweep goes on."""
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(16 * 1024))
    folder = make_sweep(tiny_disk, 1)
    paths = folder.paths
    added = journal.read(paths).records
    writer, flushed = take(paths), 0
    with contextlib.suppress(StorageError):
        while flushed < 10_000:
            write(writer, *(note(flushed + number) for number in range(7)), sync=True)
            flushed += 7
    with pytest.raises(StorageError, match="an earlier write has failed"):
        write(writer, note("late"))
    writer.close()
    with pytest.raises(StorageError, match=FULL):
        take(paths)
    ballast.unlink()
    kept = journal.read(paths).records[len(added) :]
    assert flushed > 100
    assert flushed <= len(kept) < flushed + 7
    assert kept == tuple(note(number) for number in range(len(kept)))
    following = take(paths)
    write(following, note("next"))
    following.close()
    assert journal.read(paths).records == (*added, *kept, note("next"))


def framed(record: dict[str, object]) -> bytes:
    """A line with the right checksum, whatever it says."""
    return journal.line(record)


def test_a_line_that_is_there_twice_is_named(tmp_path: Path) -> None:
    """Also where the lines are equally long, so that the cut takes the last one away without a trace."""
    paths = new_journal(tmp_path, [Added(make_trial(index)) for index in range(3)])
    take(paths).close()
    path = Path(paths.term(1))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], lines[1], *lines[2:]]))
    with pytest.raises(StorageError) as caught:
        journal.read(paths)
    assert str(caught.value) == (
        f"{path} is damaged in line 3: trial 0 is added there once more; if a line is there twice,"
        " remove one of the two (or restore it from a copy)"
    )


def test_a_trial_that_is_lost_is_noticed(tmp_path: Path) -> None:
    """The next one, or what came of it, cannot stand without it."""
    paths = new_journal(tmp_path, [Added(make_trial(index)) for index in range(3)])
    path = Path(paths.term(1))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    with pytest.raises(StorageError, match="line 3: trial 2 is added there, and trial 1 was not"):
        journal.read(paths)
    path.write_bytes(b"".join([*lines[:2], framed({"is": "voided", "trial": 1, "number": 1})]))
    with pytest.raises(StorageError, match="line 3: it is about trial 1, which was not added"):
        journal.read(paths)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"is": "launching", "trial": 0, "number": 1}, "line 3: 'at' is missing"),
        ({"is": "launching", "trial": 0, "number": 1, "at": "now"}, "line 3: at is 'now'"),
        ({"is": "launching", "trial": 0, "number": 1, "at": 1e300}, "line 3: at is 1e\\+300"),
        ({"is": "voided", "trial": [0], "number": 1}, "line 3: trial is \\[0\\]"),
        ({"is": "stopping", "trial": 0, "number": 1, "cause": "boredom"}, "line 3: 'boredom' is not"),
        ({"is": "paused", "reason": {"\x1b[31m": 1}}, "line 3: reason is \\{'.x1b"),
        ({"kind": "?"}, "line 3: 'is' is missing"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: dict[str, object], says: str) -> None:
    """Its checksum may be right all the same: somebody has written it."""
    paths = new_journal(tmp_path, [Added(make_trial(0))])
    with open(paths.term(1), "ab") as file:
        file.write(framed(line))
    with pytest.raises(StorageError, match=says):
        journal.read(paths)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"9" * 5000, b"{]", b"[1]", b"null", b'{"is":["a"]}'])
def test_a_line_that_is_no_record_is_damage(tmp_path: Path, body: bytes) -> None:
    """Too deep, too long a number, no JSON, no object."""
    paths = new_journal(tmp_path)
    with open(paths.term(1), "ab") as file:
        file.write(journal_lines.framed(body))
    with pytest.raises(StorageError, match=r"000001\.jsonl is damaged"):
        journal.read(paths)


@pytest.mark.parametrize("head", [{"cut": -1}, {"cut": "0"}, {"holder": None}, {"term": 2}, {"is": "paused"}])
def test_a_head_that_is_none_is_damage(tmp_path: Path, head: dict[str, object]) -> None:
    """The first line of a term says where it left the one before, and who wrote it."""
    paths = new_journal(tmp_path)
    line = {"is": "term", "term": 1, "cut": 0, "holder": dict(ME)} | head
    Path(paths.term(1)).write_bytes(framed(line))
    with pytest.raises(StorageError, match="is damaged at byte 0: restore it"):
        journal.read(paths)


def test_a_fence_that_is_a_fifo_does_not_block(tmp_path: Path) -> None:
    """It is an error of one line."""
    paths = new_journal(tmp_path)
    os.mkfifo(paths.fence(2))
    with pytest.raises(StorageError, match=r"^writing .*000002\.fence: No such device"):
        journal.take(paths, ME)
