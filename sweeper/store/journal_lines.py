"""The lines of the journal: `["<crc32>",<record>]`, one record each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any
from zlib import crc32

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

_FRAME = b'["%08x",%b]\n'

_BLOCK = 256 * 1024
"""Bytes that are read and parsed at once: the parsed data take some ten times as much memory."""


def line(data: Mapping[str, Any]) -> bytes:
    """Return one line: the checksum, then the data as JSON."""
    # A lone surrogate (a metrics file may hold one) is spelled as JSON's own escape.
    return framed(_encode(data).encode(errors="backslashreplace"))


def framed(body: bytes) -> bytes:
    """Return the line for a record's JSON."""
    return _FRAME % (crc32(body), body)


def whole_lines(raw: bytes) -> tuple[list[Any], int]:
    """Return the data of all whole lines before the first torn or damaged one, and where that one begins.

    ValueError or RecursionError if a line has the right checksum but is not readable JSON.
    """
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


def in_parts(file: IO[bytes], most: int | None) -> Iterator[tuple[list[Any], int, bytes]]:
    """Like `whole_lines`, but in parts, so that only a small part of the file is in memory.

    Args:
        file: it is read from its current position.
        most: how many bytes of it count; None: all.

    Yields:
        The data of a part, how many bytes its lines have, and the bytes after them: empty if the file ends
        there, or if another part follows.
    """
    read, rest = 0, b""
    while True:
        block = file.read(_BLOCK if most is None else min(_BLOCK, most - read))
        read += len(block)
        data, length = whole_lines(rest + block)
        rest = (rest + block)[length:]
        if b"\n" in rest:  # a whole line would have been read
            rest += file.read(-1 if most is None else most - read)
            yield data, length, rest
            return
        yield data, length, b"" if block else rest
        if not block:
            return


def is_torn(rest: bytes) -> bool:
    """Whether the bytes after the last whole line are only an unfinished write.

    They are if they contain no whole line, or zeros because a power cut kept a page from the disk.
    """
    return bytes(4) in rest or not any(map(_is_whole, rest.splitlines(keepends=True)))


def _is_whole(text: bytes) -> bool:
    return text == framed(text[12:-2])
