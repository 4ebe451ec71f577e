"""The last lines of a file that grows by lines."""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.results.readers.listing import BadMetricsError, RegularFile

_TAIL = 64 * 1024


@dataclass(frozen=True, slots=True)
class LastLines:
    """The last whole lines (none of them blank), and what stands behind the last line end.

    `rest` is a line whose end is missing: its writer was cut off, or writes none behind the last.
    """

    whole: list[bytes]
    rest: bytes


def last_lines(file: RegularFile, name: str) -> LastLines:
    """The last lines of `file`, of which no more than 64 KiB are read. There is at least one."""
    raw = file.tail(_TAIL)
    if file.size > _TAIL:
        raw = raw.partition(b"\n")[2]  # the first line began before
    *whole, rest = raw.split(b"\n")
    found = LastLines([line for line in whole if line.strip()], rest.strip())
    if not found.whole and not found.rest:
        many = "ends with a line of more than 64 KiB" if file.size > _TAIL else "is empty"
        raise BadMetricsError(f"{name} {many}")
    return found
