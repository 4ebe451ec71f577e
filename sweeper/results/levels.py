"""Numbers the rows of a table by their values, so that pandas can group and pivot by these numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
import pandas

from sweeper.core.model import Value, canonical_json
from sweeper.results.tabular import Row, Table

Codes = numpy.ndarray[Any, numpy.dtype[numpy.intp]]


def factorize(
    table: Table, names: Sequence[str], order: Callable[[Value], Any] | None = None
) -> tuple[Codes, list[Row]]:
    """Like pandas.factorize: number the different values of some columns.

    pandas must not group by the values themselves: it takes 1, 1.0 and True for one value, merges None and
    NaN or leaves both out, and cannot hash a list.

    Args:
        table: the rows to number.
        names: the columns whose values are compared together; if empty, all rows have the same number.
        order: the sort key of a value; without it, values are numbered as they first appear.

    Returns:
        The number of every row, and the values for each number. The values are those of the table itself: a
        column of a DataFrame would change 1 to 1.0 if it also holds 0.5.
    """
    places = [table.place(name) for name in names]
    rows = [tuple(row[place] for place in places) for row in table.rows]
    keys = pandas.Series([tuple(map(_identity, row)) for row in rows], dtype=object)
    codes, _ = pandas.factorize(keys)
    levels = [rows[at] for at in numpy.unique(codes, return_index=True)[1]]
    if order is not None:
        sequence = sorted(range(len(levels)), key=lambda at: list(map(order, levels[at])))
        codes = numpy.argsort(numpy.array(sequence, "intp"))[codes]
        levels = [levels[at] for at in sequence]
    return codes, levels


def _identity(value: Value) -> tuple[type, Any]:
    """Return a key that is equal for equal values of the same type: `1` and `1.0` differ, NaN equals NaN."""
    kind = type(value)
    if kind in (str, int, bool):
        return kind, value
    return kind, repr(value) if kind is float else canonical_json(value)
