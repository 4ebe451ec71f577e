"""The sweep goes from host to host by force: who has lost it notices, and what it still writes is nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice

import pytest

from sweeper.core.errors import SupersededError
from sweeper.core.records import Record
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.conftest import wait_until
from tests.store.builders import note
from tests.volume.conftest import Shared

LATE = 200
ROUNDS = 20
MOST = 10_000
"""Writes of a holder that must have noticed long before."""


def take(folder: SweepFolder) -> SweepWriter:
    """Take the sweep by force, as `resume --take-over` does."""
    return SweepWriter.take(folder, by_force=True)


def write(writer: SweepWriter, *records: Record, sync: bool = True) -> None:
    for record in records:
        writer.append(record)
    writer.flush(sync=sync)


def write_late(writer: SweepWriter, *records: Record) -> None:
    """It comes to lie in the journal, and its writer is told that it has lost the sweep."""
    with pytest.raises(SupersededError, match="another controller took it over"):
        write(writer, *records, sync=False)


def read(folder: SweepFolder) -> tuple[Record, ...]:
    """What counts in the journal beyond the trials themselves."""
    return folder.read().records[2:]


@pytest.mark.parametrize("notice", [SweepWriter.check, SweepWriter.flush])
def test_a_holder_notices_at_once_that_it_has_lost_the_sweep(
    shared: Shared, notice: Callable[[SweepWriter], None]
) -> None:
    """However often it has looked for a rival before there was one, it sees the one that comes."""
    first = take(shared.a)
    for _ in range(3):
        notice(first)
    second = take(shared.b)
    with pytest.raises(SupersededError):
        notice(first)
    notice(second)
    first.release()
    second.release()


def test_what_a_lost_holder_writes_counts_on_no_host(shared: Shared) -> None:
    """Both hosts read what was written in time, in the same order, and nothing else."""
    first = take(shared.a)
    write(first, note(1))
    second = take(shared.b)
    write_late(first, note("late"))
    write(second, note(2))
    write_late(first, note("later"))
    for folder in (shared.a, shared.b, shared.truth):
        assert read(folder) == (note(1), note(2))
    first.release()
    second.release()


def test_a_takeover_misses_nothing_that_was_durable(shared: Shared) -> None:
    """A host that has read the journal before, however often, takes it over with all that came since."""
    first = take(shared.a)
    for number in range(5):
        write(first, note(number))
        assert read(shared.b) == tuple(map(note, range(number + 1)))
        os.stat(shared.b.paths.term(2))
    write(first, note(5))
    second = take(shared.b)
    assert tuple(second.records[2:]) == tuple(map(note, range(6)))
    first.release()
    second.release()


def test_hundreds_of_late_writes_change_nothing(shared: Shared) -> None:
    """All are ignored, while the new holder writes and after it, and a third takeover reads the same."""
    first = take(shared.a)
    write(first, note("in time"))
    second = take(shared.b)
    for number in range(LATE):
        write_late(first, note(f"late {number}"))
        if number % 10 == 0:
            write(second, note(number), sync=False)
    counted = (note("in time"), *map(note, range(0, LATE, 10)))
    assert read(shared.a) == read(shared.b) == counted
    third = take(shared.a)
    assert tuple(third.records[2:]) == counted
    write_late(first, note("even now"))
    write_late(second, note("late, too"))
    assert read(shared.a) == read(shared.b) == counted
    for writer in (first, second, third):
        writer.release()


def test_what_was_acknowledged_before_a_takeover_counts_and_nothing_after_it(shared: Shared) -> None:
    """While one host writes as fast as it can another takes over: no word is lost, and none comes late."""
    writer, counted = take(shared.a), 0

    def keep_writing(writer: SweepWriter, first: int) -> int:
        for number in range(first, first + MOST):
            try:
                write(writer, note(number), sync=False)
            except SupersededError:
                return number
        pytest.fail("it never noticed")

    def has_more_than(records: int) -> bool:
        return len(read(shared.truth)) > records

    with ThreadPoolExecutor(1) as pool:
        for folder in islice(cycle([shared.b, shared.a]), ROUNDS):
            writing = pool.submit(keep_writing, writer, counted)
            wait_until(partial(has_more_than, counted))
            former, writer = writer, take(folder)
            acknowledged, counted = writing.result(), len(writer.records) - 2
            assert counted in (acknowledged, acknowledged + 1)  # the last one may lie before the fence
            assert list(writer.records[2:]) == list(map(note, range(counted)))
            former.release()
    writer.release()


def test_terms_only_grow_however_often_the_sweep_changes_hands(shared: Shared) -> None:
    """From host to host and back: each takeover begins the next term, and no former holder gets a word in."""
    holders: list[SweepWriter] = []
    counted: list[Record] = []
    for number, folder in enumerate(islice(cycle([shared.a, shared.b]), 12)):
        holders.append(take(folder))
        assert list(holders[-1].records[2:]) == counted
        for late in holders[:-1]:
            write_late(late, note("late"))
        counted.append(note(number))
        write(holders[-1], counted[-1])
        for host in (shared.a, shared.b):
            assert host.read().term == number + 2
            assert list(read(host)) == counted
    for writer in holders:
        writer.release()
