"""The journal: append-only terms of checksummed lines, one term a controller.

A line is `["<crc32>",<record>]`. The first line of a term names the byte at which it left the term
before; whatever a former controller still appends behind that byte counts for nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sweeper.core.consistency import misplaced
from sweeper.core.errors import StorageError, SupersededError, SweepHeldError
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Added, Record, from_json, to_json
from sweeper.core.secrets import is_private
from sweeper.core.words import clipped
from sweeper.files import atomic, fresh
from sweeper.files.garbage import no_collection
from sweeper.files.regular import read_file

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

_TOUCH = os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
_MOST = 4 << 30
"""Bytes of a term: far more than any sweep writes, and not yet more than can be read."""

_FRAME = b'["%08x",%b]\n'


@dataclass(frozen=True, slots=True)
class Reading:
    """What the journal holds: `records` in order, the newest `term`, and the byte where that one ends.

    `holder` is who wrote that term; what lies behind `end` is torn and counts for nothing.
    """

    records: tuple[Record, ...]
    term: int
    end: int
    holder: Mapping[str, Any]


def line(data: Mapping[str, Any]) -> bytes:
    """One line: the data as JSON behind its checksum."""
    # A lone surrogate (a metrics file may hold one) is spelled as JSON's own escape.
    return _framed(_encode(data).encode(errors="backslashreplace"))


def lines(raw: bytes) -> tuple[list[dict[str, Any]], int]:
    """The data of all whole lines up to the first that is torn or damaged, and the byte it begins at."""
    bodies = []
    end = 0
    for text in raw.splitlines(keepends=True):
        body = text[12:-2]
        if text != _FRAME % (crc32(body), body):  # as _is_whole, which is too slow for 40,000 lines
            break
        bodies.append(body)
        end += len(text)
    # One parse for all: the checksums vouch for every line, and it takes half the time of one each.
    return json.loads(b"[%b]" % b",".join(bodies)), end


@no_collection()
def read(paths: SweepPaths) -> Reading:
    """Everything that counts in the journal. StorageError where a part that counts is damaged."""
    terms = _read_terms(paths)
    heads = [_head(paths, number, raw) for number, raw in enumerate(terms, start=1)]
    records: list[Record] = []
    end = trials = 0
    for number, raw in enumerate(terms, start=1):
        cut = heads[number]["cut"] if number < len(terms) else None
        data, end = _lines(paths, number, raw[:cut])
        if end != cut and (cut is not None or not _is_torn(raw[end:])):
            raise _damaged(paths, number, end)
        for place, one in enumerate(data):
            try:
                record = from_json(one)
            except (KeyError, TypeError, ValueError) as error:
                raise _damaged_line(paths, number, place, _spelled(error)) from error
            if record is None:
                continue
            if reason := misplaced(record, trials):
                raise _damaged_line(paths, number, place, reason)
            trials += isinstance(record, Added)
            records.append(record)
    return Reading(tuple(records), len(terms), end, heads[-1]["holder"])


def first_term(records: Sequence[Record], holder: Mapping[str, Any]) -> bytes:
    """The whole first term of a new sweep."""
    return b"".join([line(_header(1, 0, holder)), *(line(to_json(record)) for record in records)])


Retry = Callable[[Callable[[], Any]], Any]
"""Calls what only reads, and may call it again if the volume is in trouble."""


def once(look: Callable[[], Any]) -> Any:
    """What is read is read once."""
    return look()


def take(paths: SweepPaths, holder: Mapping[str, Any], retry: Retry = once) -> tuple[Reading, Writer]:
    """Stop the former controller, read what it left, begin the next term.

    A controller looks for the fence between its writing and its acting. So what the former one had
    acted on before the fence stood is there to be read, and what it writes after it never acts on.
    """
    number = len(retry(lambda: _term_names(paths))) + 1
    _fence(paths, number)
    reading: Reading = retry(lambda: read(paths))
    if reading.term + 1 != number:
        raise _faster(paths)
    writer = takeover(paths, reading, holder)
    writer.retry = retry
    return reading, writer


def newest_term(paths: SweepPaths) -> int:
    """The number of the newest term."""
    return len(_term_names(paths))


def takeover(paths: SweepPaths, reading: Reading, holder: Mapping[str, Any]) -> Writer:
    """Begin the term after `reading`. SweepHeldError where another controller was faster."""
    number = reading.term + 1
    _fence(paths, number)
    with atomic.storage(f"writing {paths.term(number)}"):
        # The former controller may have died before what we have just read of it was durable.
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
    """The controller's pen: records are gathered, then made durable together."""

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
        """Write what was gathered, durably if `sync`. SupersededError where a newer term exists."""
        if self._gathered:
            data, self._gathered = b"".join(self._gathered), []
            self._write(data, sync=sync)
        self.retry(self.check)

    def check(self) -> None:
        """SupersededError where another controller has taken the sweep over."""
        # By listing: a host goes on missing a name that it has looked for once.
        if self._next in _names(self._paths):
            raise SupersededError(
                f"sweep {self._paths.name}: another controller took it over; this one leaves it alone"
            )

    def close(self) -> None:
        os.close(self._file)

    def _write(self, data: bytes, *, sync: bool) -> None:
        name = self._paths.term(self.term)
        if self._broken:
            # Behind a torn line nothing counts; only the next controller can begin anew.
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


def _head(paths: SweepPaths, number: int, raw: bytes) -> dict[str, Any]:
    first, _ = _lines(paths, number, raw[: raw.find(b"\n") + 1])
    match first:
        case [{"is": "term", "term": term, "cut": int(cut), "holder": dict()}] if term == number and cut >= 0:
            head: dict[str, Any] = first[0]
            return head
    raise _damaged(paths, number, 0)


def _lines(paths: SweepPaths, number: int, raw: bytes) -> tuple[list[Any], int]:
    """As `lines`; StorageError where a line has the right checksum and is no JSON that can be read."""
    try:
        return lines(raw)
    except (ValueError, RecursionError) as error:
        raise StorageError(f"{paths.term(number)} is damaged: {error}; restore it from a copy") from error


def _damaged(paths: SweepPaths, number: int, byte: int) -> StorageError:
    return StorageError(f"{paths.term(number)} is damaged at byte {byte}: restore it from a copy")


def _damaged_line(paths: SweepPaths, number: int, place: int, reason: str) -> StorageError:
    return StorageError(
        f"{paths.term(number)} is damaged in line {place + 1}: {reason} (or restore it from a copy)"
    )


def _spelled(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else clipped(str(error), 100)


def _read_terms(paths: SweepPaths) -> list[bytes]:
    """The bytes of all terms. StorageError where one is missing."""
    with atomic.storage(f"reading {paths.journal}"):
        names = _term_names(paths)
        places = [paths.term(number) for number in range(1, len(names) + 1)]
        for name, place in zip(names, places, strict=True):
            if f"{paths.journal}/{name}" != place:
                raise StorageError(f"{place} is missing: restore it from a copy")
        if not names:
            raise StorageError(f"{paths.journal} is empty: this is not a whole sweep folder")
    return [_read_term(place) for place in places]


def _read_term(path: str) -> bytes:
    with atomic.storage(f"reading {path}"):
        return read_file(path, _MOST)


def _term_names(paths: SweepPaths) -> list[str]:
    return sorted(name for name in _names(paths) if re.fullmatch(r"[0-9]+\.jsonl", name))


def _names(paths: SweepPaths) -> list[str]:
    fresh.ask_again(paths.journal)  # some hosts keep listings as well
    with atomic.storage(f"reading {paths.journal}"):
        return os.listdir(paths.journal)


def _framed(body: bytes) -> bytes:
    return _FRAME % (crc32(body), body)


def _is_whole(text: bytes) -> bool:
    return text == _framed(text[12:-2])


def _is_torn(rest: bytes) -> bool:
    """Is what follows the last whole line just a write that never came to its end?

    Then no whole line follows it, or there are zeros where a power cut kept a page from the disk.
    """
    return bytes(4) in rest or not any(map(_is_whole, rest.splitlines(keepends=True)))
