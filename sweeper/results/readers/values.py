"""From what a file holds to what the journal keeps: flat names, scalars only, and not too many."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sweeper.core.model import Value
from sweeper.results.readers.listing import BadMetricsError

LONGEST = 1000
"""Characters of a text, or digits of a number, that are still a metric."""

_MOST_NAMES = 1000
_MOST_BYTES = 64 * 1024
_DEEPEST = 20
_SURROGATE = re.compile("[\ud800-\udfff]")


def flat(data: Mapping[str, Any], file: str) -> dict[str, Value]:
    """The metrics in `data`, nested names joined by dots.

    Lists, nulls and long texts are no metrics and left out. Two values of one name, too many
    or too deep ones are a problem of `file`.
    """
    kept: dict[str, Value] = {}
    for name, value in scalars(data, file):
        if name in kept:
            raise BadMetricsError(f"{file} gives {name[:80]!a} twice")
        kept[name] = value
        if len(kept) > _MOST_NAMES:
            raise BadMetricsError(f"{file} holds more than {_MOST_NAMES} metrics")
    size = len(json.dumps(kept, ensure_ascii=False).encode())
    if size > _MOST_BYTES:
        raise BadMetricsError(f"{file} holds {size} bytes of metrics, more than {_MOST_BYTES}")
    return kept


def scalars(
    data: Mapping[str, Any], file: str, prefix: str = "", depth: int = 1
) -> Iterator[tuple[str, Value]]:
    """The names and values of `data` that are metrics, nested names joined by dots."""
    if depth > _DEEPEST:
        raise BadMetricsError(f"{file} is nested deeper than {_DEEPEST} levels")
    for key, value in data.items():
        name = prefix + valid_text(key)
        if isinstance(value, dict):
            yield from scalars(value, file, f"{name}.", depth + 1)
        elif isinstance(value, bool | int | float):
            yield name, value
        elif isinstance(value, str) and len(value) <= LONGEST:
            yield name, valid_text(value)


def valid_text(text: str) -> str:
    """The text with half characters replaced: JSON can spell them, but no UTF-8 file can hold them."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
