"""A checksum inside a JSON object, so that a flipped bit is detected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

KEY = "checksum"
"""The key of the checksum in the object that it protects."""


def with_checksum(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object with a checksum of all its other keys, which is its last key."""
    rest = {key: value for key, value in data.items() if key != KEY}
    return {**rest, KEY: _checksum(rest)}


def is_intact(data: Mapping[str, Any]) -> bool:
    """Whether the checksum matches; an object without one is from an older version and is accepted."""
    rest = {key: value for key, value in data.items() if key != KEY}
    return KEY not in data or data[KEY] == _checksum(rest)


def _checksum(rest: Mapping[str, Any]) -> str:
    # It covers the values, not the text: a file may be reformatted, and its keys may change their order.
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return f"{crc32(text.encode()):08x}"
