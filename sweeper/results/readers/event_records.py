"""Reads the records of a TensorBoard event file: each has a length, a checksum, data and a checksum."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from sweeper.results.readers.listing import RegularFile

_HEAD = struct.Struct("<Q4x")
_CHECKSUM = 4
_LARGEST = 256 * 1024
"""Bytes of a record that is still read; larger ones hold images, audio or graphs, and are skipped."""


def event_records(file: RegularFile) -> Iterator[bytes]:
    """Yield the small records of `file`, up to the first one that is cut off.

    Checksums are not verified: this would take most of the time, and damaged data fails to parse as an event.
    """
    with os.fdopen(os.dup(file.handle), "rb") as stream:
        stream.seek(0)
        while len(head := stream.read(_HEAD.size)) == _HEAD.size:
            (length,) = _HEAD.unpack(head)
            if not 0 < length <= file.size:
                return  # zeros after a power failure, or damaged data
            if length > _LARGEST:
                stream.seek(length + _CHECKSUM, os.SEEK_CUR)
                continue
            record = stream.read(length + _CHECKSUM)
            if len(record) < length + _CHECKSUM:
                return
            yield record[:length]
