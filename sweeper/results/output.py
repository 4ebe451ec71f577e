"""The table as CSV or JSON, for other programs: every value is written in full."""

from __future__ import annotations

import json
import math
from typing import Any

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.values import render_value
from sweeper.results.tabular import Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTED = lazy(r'[",\r\n]')
# Characters that move the cursor, end a line, reverse the direction of text, or are invisible.
_CONTROL = lazy("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
# Only ASCII: every reader accepts it, and it cannot control a terminal.
_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False).encode


def to_csv(table: Table) -> str:
    """Return the table as CSV with a header.

    A text that a spreadsheet would run as a formula gets a leading `'`. Control characters are escaped,
    except in parameters, which are written as the program received them.
    """
    own = {"trial", *table.parameters, *table.constants}
    verbatim = [name in own for name in table.columns]
    lines = [_line([_safe(escaped(name)) for name in table.columns])]
    lines += [
        _line([_cell(value, whole) for value, whole in zip(row, verbatim, strict=True)]) for row in table.rows
    ]
    return "".join(lines)


def to_json(table: Table) -> str:
    """Return a JSON list with one object per trial and line; NaN and infinities become null."""
    rows = (dict(zip(table.columns, map(_strict, row), strict=True)) for row in table.rows)
    return "[\n" + ",\n".join(map(_encode, rows)) + "\n]\n"


def escaped(text: str) -> str:
    """Return the text with control characters escaped, so that it cannot control a terminal."""
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _line(cells: list[str]) -> str:
    # Not by the csv module: before Python 3.13 it leaves a lone carriage return unquoted.
    return ",".join([_quoted(cell) if _QUOTED.search(cell) else cell for cell in cells]) + "\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _cell(value: Value, verbatim: bool) -> str:
    if isinstance(value, str):
        return _safe(value if verbatim else escaped(value))
    # Numbers take the fast path: a table of ten thousand trials has a hundred thousand of them.
    return repr(value) if type(value) in (float, int) else render_value(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _strict(value: Value) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _strict(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_strict(one) for one in value]
    return value
