"""Reads files that grow by lines: the last lines, or all of them in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sweeper.results.readers.listing import BadMetricsError, RegularFile

_TAIL = 64 * 1024
_CHUNK = 1024 * 1024
"""Bytes that are read at once; lines longer than this are left out."""
_MOST = 128 * 1024 * 1024
"""Bytes that are read of a file of lines ..."""
_MOST_SEARCHED = 32 * 1024 * 1024
"""... and of a file that is searched with a pattern, which takes the controller a few seconds at most."""


@dataclass(frozen=True, slots=True)
class LastLines:
    """The last lines of a file.

    Attributes:
        whole: complete lines, without blank ones.
        rest: the text after the last line end: a line that is cut off, or whose writer adds no final line
            end.
    """

    whole: list[bytes]
    rest: bytes


def last_lines(file: RegularFile, name: str) -> LastLines:
    """Return the last lines of `file`, at least one, from its last 64 KiB.

    Args:
        file: the file.
        name: the name of the file for messages.

    Raises:
        BadMetricsError: there is no line in this part of the file.
    """
    raw = file.tail(_TAIL)
    if file.size > _TAIL:
        raw = raw.partition(b"\n")[2]  # the first line may have begun earlier
    *whole, rest = raw.split(b"\n")
    found = LastLines([line for line in whole if line.strip()], rest.strip())
    if not found.whole and not found.rest:
        many = "ends with a line of more than 64 KiB" if file.size > _TAIL else "is empty"
        raise BadMetricsError(f"{name} {many}")
    return found


def every_line(
    file: RegularFile, name: str, remark: Callable[[str], None], *, returns: bool = False
) -> Iterator[bytes]:
    """Yield the lines of `file`, each with its line end, which only the last line may lack.

    Of a very large file only the beginning and the end are read, and lines of more than one MiB are left out.

    Args:
        file: the file.
        name: the name of the file for messages.
        remark: called with a line about parts that are left out.
        returns: whether a carriage return ends a line as well, as in printed output.
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
            next(lines, None)  # this line may have begun earlier
        for line in lines:
            if len(line) > _CHUNK:
                remark(f"{name} has a line of more than {_CHUNK} bytes, which is left out")
            elif end == file.size or line.endswith(b"\n"):
                yield line


def _lines(file: RegularFile, start: int, end: int, returns: bool) -> Iterator[bytes]:
    """Yield the lines between two offsets; a line that is too long may be shortened, but stays too long."""
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
