"""One metric by two parameters: a row for each value of the one, a column for each of the other."""

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
    """`most` is how many trials share a cell, at most: it holds their mean. `over` are the parameters in
    which they differ."""

    table: Table
    most: int
    over: tuple[str, ...]


def pivoted(table: Table, down: str, across: str, metric: str) -> Pivot:
    """The table of `metric` by `down` and `across`.

    Raises:
        UsageError: a column is missing, or the metric does not hold numbers.
    """
    (row, left), (column, head) = factorize(table, [down], rank()), factorize(table, [across], rank())
    values = table.column(metric)
    if any(not isinstance(value, (bool, int, float, type(None))) for value in values):
        raise UsageError(f"--pivot: {metric!r} does not hold numbers, so it has no mean")
    # As objects: a float64 column would make 7.0 of 7 and NaN of what is missing.
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
    """What stands above each column; where a number reads like a text, their kinds tell them apart."""
    names: list[str] = []
    for value in values:
        name = f"{across}={render_value(value)}"
        names.append(f"{name} ({type(value).__name__})" if name in names else name)
    return tuple(names)


def _cell(values: Any) -> Value:
    """The only value as it is, NaN included, or the mean of several; None if there is none."""
    if not isinstance(values, list):
        return None
    return values[0] if len(values) == 1 else mean_and_std(values)[0]
