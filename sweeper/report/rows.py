"""The data of the page's table, from which DataTables can show, sort and filter it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sweeper.core.formatting import clipped
from sweeper.core.values import render_value
from sweeper.report.facts import ReportFacts
from sweeper.results.cells import is_finite, is_numeric

_MOST_CELLS = 200_000


def make_rows(facts: ReportFacts) -> dict[str, Any]:
    """Return columns and rows as plain data; of a very large table only the first rows.

    A column is marked as `numbers` or `texts` if it has only such values. NaN, infinities and very large
    whole numbers become texts, since JSON or the browser cannot represent them; the page sorts as
    results/order.py does.
    """
    table = facts.table
    names = [name for name in table.columns if name not in table.constants]
    most = max(1, _MOST_CELLS // len(names))
    shown = table.only(names).top(most)
    columns = [{"name": clipped(name, 60), **_kind(shown.column(name))} for name in names]
    rows = [[_cell(value) for value in row] for row in shown.rows]
    constants = [
        [clipped(name, 60), clipped(render_value(table.column(name)[0]), 200)] for name in table.constants
    ]
    return {"columns": columns, "rows": rows, "constants": constants, "left_out": len(table.rows) - len(rows)}


def _kind(values: Sequence[Any]) -> dict[str, bool]:
    return {"numbers": is_numeric(values), "texts": {type(value) for value in values} <= {str, type(None)}}


def _cell(value: Any) -> Any:
    if value is None or is_finite(value):
        # A browser cannot represent all whole numbers beyond 2**53.
        return value if not isinstance(value, int) or abs(value) < 2**53 else render_value(value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return clipped(render_value(value), 300)
