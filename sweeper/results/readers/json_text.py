"""Parses one JSON object from untrusted bytes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sweeper.results.readers.listing import BadMetricsError
from sweeper.results.readers.metric_values import LONGEST


class NotJsonError(BadMetricsError):
    """The bytes are not JSON text: they are damaged or cut off."""


def parse_object(raw: bytes, where: str, remark: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Parse one JSON object; NaN, infinities and numbers beyond a float's range become floats.

    If a name occurs twice, the last value counts.

    Args:
        raw: the JSON text.
        where: the source of the text; error messages begin with it.
        remark: called with a line about a name that occurs twice.

    Raises:
        BadMetricsError: the text is not JSON, or its value is not an object.
    """
    found = parse(raw, where, remark)
    if not isinstance(found, dict):
        raise say_kind(found, where)
    return found


def say_kind(found: Any, where: str) -> BadMetricsError:
    """Return the error for a value that is not an object."""
    return BadMetricsError(f"{where} holds {_KINDS[type(found)]}, not an object with a value for each name")


def parse_objects(lines: Sequence[bytes], where: str) -> list[dict[str, Any]]:
    """Parse the objects in the lines of a file, ignoring blank lines; a repeated name has its last value.

    All lines are parsed in one call, which is much faster, and one by one only if that fails, to find the
    error.
    """
    given = [line for line in lines if line.strip()]
    try:
        # A JSON string cannot contain a line end, so no string continues from one line into the next.
        rows = json.loads((b"[" + b",\n".join(given) + b"]").decode())
    except (ValueError, RecursionError):
        rows = []
    if len(rows) == len(given) and set(map(type, rows)) <= {dict}:
        return rows  # type: ignore[no-any-return]
    numbered = enumerate(lines, start=1)
    return [parse_object(line, f"line {number} of {where}") for number, line in numbered if line.strip()]


def parse(raw: bytes, where: str, remark: Callable[[str], None] | None = None) -> Any:
    """Parse any JSON value; otherwise as `parse_object`."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if remark and len(found) < len(pairs):
            name = Counter(name for name, _ in pairs).most_common(1)[0][0]
            remark(f"{where} gives {name[:80]!a} twice; the last one counts")
        return found

    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=unique, parse_int=_int)
    except UnicodeDecodeError as error:
        raise NotJsonError(f"{where} is not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if b"\n" in raw else ""
        raise NotJsonError(f"{where} is not JSON: {error.msg} ({line}column {error.colno})") from error
    except RecursionError as error:
        raise BadMetricsError(f"{where} is nested too deep") from error


def _int(digits: str) -> int | None:
    # Python refuses to parse thousands of digits. Such a number is not a metric: it is treated like null.
    return int(digits) if len(digits) <= LONGEST else None


_KINDS = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
