"""Terms of the journal: however controllers come and go, only what was written in time counts."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.core.errors import StorageError, SupersededError, SweepHeldError
from sweeper.core.records import Record
from sweeper.store import journal
from sweeper.store.journal import Writer
from tests.disks import Fail
from tests.store.builders import ME, new_journal, note, take, write

SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def test_a_superseded_writer_notices(tmp_path: Path) -> None:
    """Flush and check both say so, and what was flushed too late counts for nothing."""
    paths = new_journal(tmp_path, [note(1)])
    first = take(paths)
    first.check()
    second = take(paths)
    with pytest.raises(SupersededError, match="another controller took it over"):
        first.check()
    with pytest.raises(SupersededError):
        write(first, note("late"))
    write(second, note(2))
    with pytest.raises(SupersededError):
        first.flush()
    assert journal.read(paths).records == (note(1), note(2))
    first.close()
    second.close()


def test_not_to_know_whether_one_is_superseded_is_an_error(tmp_path: Path, fail: Fail) -> None:
    """Where the look for a newer term fails, nobody goes on as if there were none."""
    writer = take(new_journal(tmp_path))
    fail("listdir", errno.EIO)
    with pytest.raises(StorageError, match="Input/output error"):
        writer.check()
    writer.close()


class Rivals:
    """Any number of controllers, none of which knows of the others, and what must come of them."""

    def __init__(self, folder: Path) -> None:
        self.paths = new_journal(folder)
        self.writers = [take(self.paths)]  # of term 2, 3, ...
        self.counted: list[Record] = []
        self.looks: list[tuple[journal.JournalContents, list[Record]]] = []
        self.written = 0

    def look(self) -> None:
        """The first half of a takeover: its cut lies where the journal ends now."""
        self.looks.append((journal.read(self.paths), list(self.counted)))

    def publish(self, which: int) -> None:
        """The second half, after whatever others have done meanwhile."""
        if not self.looks:
            return
        reading, counted = self.looks.pop(which % len(self.looks))
        if reading.term == len(self.writers) + 1:
            self.writers.append(journal.takeover(self.paths, reading, ME))
            self.counted = counted
        else:
            with pytest.raises(SweepHeldError, match="another controller took it over this very moment"):
                journal.takeover(self.paths, reading, ME)

    def write(self, which: int, count: int) -> None:
        """Any controller writes, the newest or one that does not know yet that it is not."""
        which %= len(self.writers)
        records = [note(self.written + number) for number in range(count)]
        self.written += count
        newest = which == len(self.writers) - 1
        with contextlib.nullcontext() if newest else pytest.raises(SupersededError):
            write(self.writers[which], *records)
        if newest:
            self.counted += records

    def tear(self, which: int, size: int) -> None:
        """A controller dies in the middle of a line."""
        which %= len(self.writers)
        with open(self.paths.term(which + 2), "ab") as file:
            file.write(journal.line({"is": "paused", "reason": "never finished"})[:size])

    def close(self) -> None:
        for writer in self.writers:
            writer.close()


STEPS = st.one_of(
    st.tuples(st.just("look")),
    st.tuples(st.just("publish"), st.integers(0, 3)),
    st.tuples(st.just("write"), st.integers(0, 5), st.integers(1, 3)),
    st.tuples(st.just("write"), st.just(-1), st.integers(1, 3)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_however_controllers_come_and_go_only_what_was_written_in_time_counts(
    steps: list[tuple[Any, ...]],
) -> None:
    """With writes and both halves of takeovers in any order, each term counts up to where it was left."""
    with tempfile.TemporaryDirectory(dir=SHM) as folder:
        rivals = Rivals(Path(folder))
        for name, *numbers in steps:
            getattr(rivals, name)(*numbers)
            assert list(journal.read(rivals.paths).records) == rivals.counted
        rivals.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=8))
def test_controllers_that_die_in_a_line_leave_a_whole_journal(deaths: list[tuple[int, int]]) -> None:
    """However far into a line each controller dies, the next one reads all whole lines and goes on."""
    with tempfile.TemporaryDirectory(dir=SHM) as folder:
        rivals = Rivals(Path(folder))
        for size, count in deaths:
            rivals.write(-1, count)
            rivals.tear(-1, size)
            rivals.look()
            rivals.publish(0)
            assert list(journal.read(rivals.paths).records) == rivals.counted
        rivals.close()


def test_of_two_takeovers_at_once_exactly_one_wins(tmp_path: Path) -> None:
    """The same term is begun once; the other is told that the sweep is held."""
    paths = new_journal(tmp_path)
    with ThreadPoolExecutor(3) as pool:
        for round_ in range(60):
            reading, start = journal.read(paths), threading.Barrier(3)

            def attempt(
                who: int, reading: journal.JournalContents = reading, start: threading.Barrier = start
            ) -> Writer | None:
                start.wait()
                try:
                    return journal.takeover(paths, reading, {"pid": who})
                except SweepHeldError:
                    return None

            (winner,) = [writer for writer in pool.map(attempt, range(3)) if writer]
            write(winner, note(round_))
            winner.close()
    assert journal.read(paths).records == tuple(note(number) for number in range(60))
    assert len([name for name in os.listdir(paths.journal) if name.endswith(".jsonl")]) == 61


def test_no_term_is_ever_seen_without_its_first_line(tmp_path: Path) -> None:
    """Whoever reads while controllers come and go finds a whole journal every time, and it only grows."""
    paths = new_journal(tmp_path)
    done = threading.Event()

    def read() -> bool:
        seen = 0
        while not done.is_set():
            reading = journal.read(paths)
            assert reading.records[:seen] == tuple(note(number) for number in range(seen))
            seen = len(reading.records)
        return True

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for number in range(60):
            writer = take(paths)
            write(writer, note(number))
            writer.close()
        done.set()
        assert all(reader.result() for reader in readers)
