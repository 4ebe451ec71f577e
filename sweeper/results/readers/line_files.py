"""Reads files that grow by lines: the last lines, or all of them in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sweeper.results.readers.listing import BadMetricsError, RegularFile

_TAIL = 64 * 1024
_CHUNK = 1024 * 1024
"""Bytes that are read at once; also, a longer line is left out."""
_MOST = 128 * 1024 * 1024
"""Bytes of a file that are read line by line ..."""
_MOST_SEARCHED = 32 * 1024 * 1024
"""... and of one that is searched by a pattern: a few seconds of the controller's time at most."""


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


def every_line(
    file: RegularFile, name: str, remark: Callable[[str], None], *, returns: bool = False
) -> Iterator[bytes]:
    """The lines of `file` one after the other, each with its end; the last one may lack it.

    Of a very large file it is those at its beginning and those at its end, and lines of more than a
    megabyte are left out: both are remarked upon. With `returns`, for what was printed, a carriage return
    ends a line too.
    """
    most = _MOST_SEARCHED if returns else _MOST
    if file.size <= most:
        spans = [(0, file.size)]
    else:
        spans = [(0, most // 4), (file.size - (most - most // 4), file.size)]
        remark(
            f"{name} has {file.size >> 20} MiB: only the first {most >> 22} and the last"
            f" {(most - most // 4) >> 20} MiB of it are read"
        )
    for place, (start, end) in enumerate(spans):
        lines = _lines(file, start, end, returns)
        if place:
            next(lines, None)  # it began before
        for line in lines:
            if len(line) > _CHUNK:
                remark(f"{name} has a line of more than {_CHUNK} bytes, which is left out")
            elif end == file.size or line.endswith(b"\n"):
                yield line


def _lines(file: RegularFile, start: int, end: int, returns: bool) -> Iterator[bytes]:
    """The lines between two offsets; of one that is too long only its beginning, itself too long."""
    rest = b""
    for offset in range(start, end, _CHUNK):
        chunk = file.part(offset, min(_CHUNK, end - offset))
        chunk = chunk.replace(b"\r", b"\n") if returns else chunk
        first, *others = chunk.split(b"\n")
        rest = rest if len(rest) > _CHUNK else rest + first
        if others:
            yield rest + b"\n"
            for line in others[:-1]:
                yield line + b"\n"
            rest = others[-1]
    if rest:
        yield rest
