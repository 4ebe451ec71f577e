"""The journal: append-only terms of checksummed lines, one term a controller.

A line is `["<crc32>",<record>]`. The first line of a term names the byte at which it left the term
before; whatever a former controller still appends behind that byte counts for nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sweeper.core.errors import StorageError, SupersededError, SweepHeldError
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Record, from_json, to_json
from sweeper.store import atomic

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


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
    body = _encode(data).encode()
    return b'["%08x",%b]\n' % (crc32(body), body)


def lines(raw: bytes) -> tuple[list[dict[str, Any]], int]:
    """The data of all whole lines up to the first that is torn or damaged, and the byte it begins at."""
    bodies = []
    end = 0
    for text in raw.splitlines(keepends=True):
        body = text[12:-2]
        if text[2:10] != b"%08x" % crc32(body) or not text.endswith(b"]\n"):
            break
        bodies.append(body)
        end += len(text)
    # One parse for all: the checksums vouch for every line, and it takes half the time of one each.
    return json.loads(b"[%b]" % b",".join(bodies)), end


def read(paths: SweepPaths) -> Reading:
    """Everything that counts in the journal. StorageError where a part that counts is damaged."""
    with atomic.storage(f"reading {paths.journal}"):
        names = sorted(name for name in os.listdir(paths.journal) if name.endswith(".jsonl"))
        terms = [_read_file(f"{paths.journal}/{name}") for name in names]
    if not terms:
        raise StorageError(f"{paths.journal} is empty: this is not a whole sweep folder")
    heads = [_head(paths, number, raw) for number, raw in enumerate(terms, start=1)]
    limits = [head["cut"] for head in heads[1:]]
    found: list[dict[str, Any]] = []
    end = 0
    for number, raw in enumerate(terms, start=1):
        limit = limits[number - 1] if number <= len(limits) else None
        data, end = lines(raw[:limit])
        if limit is not None and end != limit:
            raise StorageError(f"{paths.term(number)} is damaged at byte {end}: restore it from a copy")
        found += data
    records = tuple(record for one in found if (record := from_json(one)) is not None)
    return Reading(records, len(terms), end, heads[-1]["holder"])


def first_term(records: Sequence[Record], holder: Mapping[str, Any]) -> bytes:
    """The whole first term of a new sweep."""
    return b"".join([line(_header(1, 0, holder)), *(line(to_json(record)) for record in records)])


def takeover(paths: SweepPaths, reading: Reading, holder: Mapping[str, Any]) -> Writer:
    """Begin the next term. SweepHeldError where another controller was faster."""
    number = reading.term + 1
    with atomic.storage(f"writing {paths.term(number)}"):
        try:
            atomic.publish(paths.term(number), line(_header(number, reading.end, holder)))
        except FileExistsError as error:
            raise SweepHeldError(
                f"sweep {paths.name}: another controller took it over this very moment"
            ) from error
    return Writer(paths, number)


class Writer:
    """The controller's pen: records are gathered, then made durable together."""

    def __init__(self, paths: SweepPaths, term: int) -> None:
        self.term = term
        self._paths = paths
        self._next = paths.term(term + 1)
        self._gathered: list[bytes] = []
        self._file = os.open(paths.term(term), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def append(self, record: Record) -> None:
        """Gather a record; nothing is written yet."""
        self._gathered.append(line(to_json(record)))

    def flush(self, *, sync: bool = True) -> None:
        """Write what was gathered, durably if `sync`. SupersededError where a newer term exists."""
        if self._gathered:
            with atomic.storage(f"writing {self._paths.term(self.term)}"):
                _write_all(self._file, b"".join(self._gathered))
                if sync:
                    os.fdatasync(self._file)
            self._gathered.clear()
        self.check()

    def check(self) -> None:
        """SupersededError where another controller has taken the sweep over."""
        if os.path.exists(self._next):
            raise SupersededError(
                f"sweep {self._paths.name}: another controller took it over; this one leaves it alone"
            )

    def close(self) -> None:
        os.close(self._file)


def _header(term: int, cut: int, holder: Mapping[str, Any]) -> dict[str, Any]:
    return {"is": "term", "term": term, "cut": cut, "holder": dict(holder)}


def _head(paths: SweepPaths, number: int, raw: bytes) -> dict[str, Any]:
    first, _ = lines(raw[: raw.find(b"\n") + 1])
    if not first or first[0].get("is") != "term" or first[0].get("term") != number:
        raise StorageError(f"{paths.term(number)} is damaged in its first line: restore it from a copy")
    return first[0]


def _read_file(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
