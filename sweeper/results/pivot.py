"""One metric by two parameters: a row for each value of one, a column for each value of the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy
import pandas

from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.core.values import render_value
from sweeper.results.columns import disambiguate
from sweeper.results.levels import factorize
from sweeper.results.numbers import mean_and_std
from sweeper.results.order import rank
from sweeper.results.tabular import Table


@dataclass(frozen=True, slots=True)
class Pivot:
    """A pivot table, in which a cell holds the mean of its trials.

    Attributes:
        table: the pivot table.
        most: the largest number of trials in one cell.
        over: the other parameters that vary, in which the trials of a cell may differ.
    """

    table: Table
    most: int
    over: tuple[str, ...]


def pivoted(table: Table, down: str, across: str, metric: str) -> Pivot:
    """Make the pivot table of a metric.

    Args:
        table: the table of trials.
        down: the column whose values are the rows.
        across: the column whose values are the columns.
        metric: the column whose values are the cells.

    Raises:
        UsageError: a column is missing, or the metric does not hold numbers.
    """
    (row, left), (column, head) = factorize(table, [down], rank()), factorize(table, [across], rank())
    values = table.column(metric)
    if any(not isinstance(value, (bool, int, float, type(None))) for value in values):
        raise UsageError(f"--pivot: {metric!r} does not hold numbers, so it has no mean")
    # As objects: a float64 column would change 7 to 7.0 and missing values to NaN.
    frame = pandas.DataFrame({"row": row, "column": column, "value": pandas.Series(values, dtype=object)})
    cells = (
        frame[numpy.array([value is not None for value in values], bool)]
        .groupby(["row", "column"])["value"]
        .agg(list)  # see _cell: a mean would change a single value
        .unstack()
        .reindex(index=range(len(left)), columns=range(len(head)))  # also rows and columns without a value
    )
    found = cells.to_numpy(object).tolist()
    body = [(*one, *map(_cell, line)) for one, line in zip(left, found, strict=True)]
    names = tuple(disambiguate(_heads(across, [value for (value,) in head]), "value", (down,)).values())
    varying = tuple(name for name in table.parameters if name not in (down, across))
    most = max((len(cell) for line in found for cell in line if isinstance(cell, list)), default=0)
    return Pivot(Table((down, *names), tuple(body), parameters=(down,), metrics=names), most, varying)


def _heads(across: str, values: Iterable[Value]) -> tuple[str, ...]:
    """Return the header of each column; if a number and a text look the same, the second gets its type."""
    names: list[str] = []
    for value in values:
        name = f"{across}={render_value(value)}"
        names.append(f"{name} ({type(value).__name__})" if name in names else name)
    return tuple(names)


def _cell(values: Any) -> Value:
    """Return a single value unchanged, even NaN, or the mean of several; None if there is no value."""
    if not isinstance(values, list):
        return None
    return values[0] if len(values) == 1 else mean_and_std(values)[0]
