"""The table as CSV or JSON: for other programs, so every value is there in full."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

from sweeper.core.command import render_value
from sweeper.results.table import Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(table: Table) -> str:
    """CSV with a header. A text that a spreadsheet would run as a formula gets a leading `'`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_cell(name) for name in table.columns])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return out.getvalue()


def to_json(table: Table) -> str:
    """A list of objects, one a trial. JSON knows no NaN and no infinity: they become null."""
    rows = [dict(zip(table.columns, map(_strict, row), strict=True)) for row in table.rows]
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(value: Any) -> str:
    text = render_value(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _strict(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(one) for one in value]
    return value
