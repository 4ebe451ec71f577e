"""The journal: append-only terms of checksummed lines, one term per controller.

The first line of a term names the byte at which the term before it ends; what a former controller still
appends after that byte does not count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any

from sweeper.core.consistency import misplaced
from sweeper.core.errors import StorageError, SupersededError, SweepHeldError
from sweeper.core.formatting import clipped
from sweeper.core.model import Trial
from sweeper.core.packed import Packer
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Added, Record, from_json, to_json
from sweeper.core.secrets import is_private
from sweeper.files import atomic, nfs_revalidation
from sweeper.files.gc_pause import no_collection
from sweeper.files.regular import open_file
from sweeper.store.journal_lines import in_parts, is_torn, line, whole_lines

_TOUCH = os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
_MOST = 4 << 30
"""Bytes of a term: far more than any sweep writes, and not yet more than can be read."""


Keep = Callable[[Trial], Trial]


def itself(trial: Trial) -> Trial:
    """Return the trial unchanged; the default of `keep`."""
    return trial


@dataclass(frozen=True, slots=True)
class JournalContents:
    """What the journal holds: `records` in order, the newest `term`, and the byte where that one ends.

    `holder` is the controller that wrote that term; what follows `end` is torn and does not count.
    """

    records: tuple[Record, ...]
    term: int
    end: int
    holder: Mapping[str, Any]


@no_collection()
def read(paths: SweepPaths, keep: Keep = itself) -> JournalContents:
    """Return all valid records of the journal; see `Scan`."""
    found = Scan(paths, keep)
    return JournalContents(tuple(found), found.term, found.end, found.holder)


class Scan:
    """Iterates over the valid records in order, with only a part of the journal in memory at a time.

    StorageError if a part that counts is damaged. `term` and `holder` are as in JournalContents; so is
    `end`, once all records have been read. `keep` returns, for each trial, the one to put into its record;
    with `before` only terms before this one are read.
    """

    def __init__(self, paths: SweepPaths, keep: Keep = itself, before: int | None = None) -> None:
        self._paths, self._keep = paths, keep
        self.term = len(_read_names(paths))
        heads = [_head(paths, number) for number in range(1, self.term + 1)]
        cuts: list[int | None] = [*(head["cut"] for head in heads[1:]), None]
        self._cuts = cuts if before is None else cuts[: before - 1]
        self.holder: Mapping[str, Any] = heads[-1]["holder"]
        self.end = 0

    def __iter__(self) -> Iterator[Record]:
        trials = 0
        for number, cut in enumerate(self._cuts, start=1):
            for place, data in enumerate(self._data(number, cut)):
                try:
                    record = from_json(data)
                except (KeyError, TypeError, ValueError) as error:
                    raise _damaged_line(self._paths, number, place, _format_error(error)) from error
                if record is None:
                    continue
                if reason := misplaced(record, trials):
                    raise _damaged_line(self._paths, number, place, reason)
                if isinstance(record, Added):
                    trials += 1
                    if (kept := self._keep(record.trial)) is not record.trial:
                        record = replace(record, trial=kept)
                yield record

    def _data(self, number: int, cut: int | None) -> Iterator[Any]:
        """Yield the data of the lines of one term."""
        place, end, rest = self._paths.term(number), 0, b""
        with _opened(place) as file, _readable(place):
            for data, length, after in in_parts(file, cut):
                yield from data
                end, rest = end + length, after
        if end != cut and (cut is not None or not is_torn(rest)):
            raise _damaged(self._paths, number, end)
        self.end = end


def first_term(records: Sequence[Record], holder: Mapping[str, Any]) -> bytes:
    """Return the complete first term of a new sweep."""
    return b"".join([line(_header(1, 0, holder)), *(line(to_json(record)) for record in records)])


Retry = Callable[[Callable[[], Any]], Any]
"""Calls a function that only reads, again if the volume is in trouble."""


def once(look: Callable[[], Any]) -> Any:
    """Call `look` once, without retries; the default of `retry`."""
    return look()


def take(paths: SweepPaths, holder: Mapping[str, Any], retry: Retry = once) -> tuple[JournalContents, Writer]:
    """Stop the former controller, read what it left, begin the next term.

    A controller checks for the fence after it writes records and before it acts on them. So all records on
    which the former controller acts were written before the fence, and are read here.
    """
    number = len(retry(lambda: _term_names(paths))) + 1
    _fence(paths, number)
    reading: JournalContents = retry(lambda: read(paths, Packer().pack))
    if reading.term + 1 != number:
        raise _faster(paths)
    writer = takeover(paths, reading, holder)
    writer.retry = retry
    return reading, writer


def newest_term(paths: SweepPaths) -> int:
    """Return the number of the newest term."""
    return len(_term_names(paths))


def takeover(paths: SweepPaths, reading: JournalContents, holder: Mapping[str, Any]) -> Writer:
    """Begin the term after `reading`; SweepHeldError if another controller was faster."""
    number = reading.term + 1
    _fence(paths, number)
    with atomic.storage(f"writing {paths.term(number)}"):
        # The former controller may have died before the records that were just read were durable.
        atomic.sync_file(paths.term(reading.term))
        try:
            atomic.publish(paths.term(number), line(_header(number, reading.end, holder)))
        except FileExistsError as error:
            raise _faster(paths) from error
        return Writer(paths, number)


def _fence(paths: SweepPaths, number: int) -> None:
    with atomic.storage(f"writing {paths.fence(number)}"):
        os.close(os.open(paths.fence(number), _TOUCH, 0o644))
        atomic.sync_folder(paths.journal)


def _faster(paths: SweepPaths) -> SweepHeldError:
    return SweepHeldError(f"sweep {paths.name}: another controller took it over this very moment")


class Writer:
    """Writes the controller's term: records are gathered, then made durable together."""

    def __init__(self, paths: SweepPaths, term: int) -> None:
        self.term = term
        self.retry: Retry = once
        self._paths = paths
        self._next = os.path.basename(paths.fence(term + 1))
        self._gathered: list[bytes] = []
        self._broken = self._is_private = False
        self._file = os.open(paths.term(term), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)

    def append(self, record: Record) -> None:
        """Gather a record; nothing is written yet."""
        if isinstance(record, Added) and is_private(record.trial):
            self._is_private = True
        self._gathered.append(line(to_json(record)))

    def flush(self, *, sync: bool = True) -> None:
        """Write the gathered records, durably if `sync`; SupersededError if a newer fence exists."""
        if self._gathered:
            data, self._gathered = b"".join(self._gathered), []
            self._write(data, sync=sync)
        self.retry(self.check)

    def check(self) -> None:
        """Raise SupersededError if another controller has taken the sweep over."""
        # By listing: a host of a network volume caches that a name was missing.
        if self._next in _names(self._paths):
            raise SupersededError(
                f"sweep {self._paths.name}: another controller took it over; this one leaves it alone"
            )

    def close(self) -> None:
        os.close(self._file)

    def _write(self, data: bytes, *, sync: bool) -> None:
        name = self._paths.term(self.term)
        if self._broken:
            # After a torn line nothing counts; only the next controller can begin a new term.
            raise StorageError(f"writing {name}: an earlier write has failed; resume the sweep")
        self._broken = True
        with atomic.storage(f"writing {name}"):
            if self._is_private:
                os.fchmod(self._file, atomic.PRIVATE)
            atomic.write_all(self._file, data)
            if sync:
                os.fdatasync(self._file)
        self._broken = False


def _header(term: int, cut: int, holder: Mapping[str, Any]) -> dict[str, Any]:
    return {"is": "term", "term": term, "cut": cut, "holder": dict(holder)}


def _head(paths: SweepPaths, number: int) -> dict[str, Any]:
    """Return the data of the first line of a term."""
    place = paths.term(number)
    with _opened(place) as file, _readable(place):
        first, _ = whole_lines(file.readline())
    match first:
        case [{"is": "term", "term": term, "cut": int(cut), "holder": dict()}] if term == number and cut >= 0:
            head: dict[str, Any] = first[0]
            return head
    raise _damaged(paths, number, 0)


@contextmanager
def _readable(place: str) -> Iterator[None]:
    """Raise StorageError if a line has the right checksum but is not valid JSON."""
    try:
        yield
    except (ValueError, RecursionError) as error:
        raise StorageError(f"{place} is damaged: {error}; restore it from a copy") from error


@contextmanager
def _opened(place: str) -> Iterator[IO[bytes]]:
    with atomic.storage(f"reading {place}"), open_file(place, _MOST) as file:
        yield file


def _damaged(paths: SweepPaths, number: int, byte: int) -> StorageError:
    return StorageError(f"{paths.term(number)} is damaged at byte {byte}: restore it from a copy")


def _damaged_line(paths: SweepPaths, number: int, place: int, reason: str) -> StorageError:
    return StorageError(
        f"{paths.term(number)} is damaged in line {place + 1}: {reason} (or restore it from a copy)"
    )


def _format_error(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else clipped(str(error), 100)


def _read_names(paths: SweepPaths) -> list[str]:
    """Return the file names of all terms; StorageError if one is missing."""
    with atomic.storage(f"reading {paths.journal}"):
        names = _term_names(paths)
        for number, name in enumerate(names, start=1):
            if f"{paths.journal}/{name}" != paths.term(number):
                raise StorageError(f"{paths.term(number)} is missing: restore it from a copy")
        if not names:
            raise StorageError(f"{paths.journal} is empty: this is not a whole sweep folder")
    return names


def _term_names(paths: SweepPaths) -> list[str]:
    return sorted(name for name in _names(paths) if re.fullmatch(r"[0-9]+\.jsonl", name))


def _names(paths: SweepPaths) -> list[str]:
    nfs_revalidation.revalidate(paths.journal)  # some hosts cache listings as well
    with atomic.storage(f"reading {paths.journal}"):
        return os.listdir(paths.journal)
