"""The records of an event file, one after the other: each has its length in front and checksums around."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from sweeper.results.readers.listing import RegularFile

_HEAD = struct.Struct("<Q4x")
_CHECKSUM = 4
_LARGEST = 256 * 1024
"""Bytes of a record that is read; pictures, sounds and graphs are larger, and passed over unread."""


def event_records(file: RegularFile) -> Iterator[bytes]:
    """The records of `file` that are no larger than a number needs; one that is cut off ends it.

    The checksums are not looked at: it takes most of the time, and what a disk has damaged is no event
    either.
    """
    with os.fdopen(os.dup(file.handle), "rb") as stream:
        stream.seek(0)
        while len(head := stream.read(_HEAD.size)) == _HEAD.size:
            (length,) = _HEAD.unpack(head)
            if not 0 < length <= file.size:
                return  # zeros, which a power cut leaves, or garbage
            if length > _LARGEST:
                stream.seek(length + _CHECKSUM, os.SEEK_CUR)
                continue
            record = stream.read(length + _CHECKSUM)
            if len(record) < length + _CHECKSUM:
                return
            yield record[:length]
