"""One metric by two parameters: a row for each value of the one, a column for each of the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.core.values import render_value
from sweeper.results.columns import apart
from sweeper.results.numbers import spread
from sweeper.results.order import identity, rank
from sweeper.results.tabular import Table


@dataclass(frozen=True, slots=True)
class Pivot:
    """`most` is how many trials share a cell, at most: it holds their mean. `over` are the parameters in
    which they differ."""

    table: Table
    most: int
    over: tuple[str, ...]


def pivoted(table: Table, down: str, across: str, metric: str) -> Pivot:
    """The table of `metric` by `down` and `across`; UsageError where a column is missing or no numbers."""
    rows, columns = table.column(down), table.column(across)
    cells: dict[tuple[object, object], list[Value]] = {}
    for first, second, value in zip(rows, columns, table.column(metric), strict=True):
        if value is not None:
            cells.setdefault((identity(first), identity(second)), []).append(value)
    if any(not isinstance(value, (bool, int, float)) for values in cells.values() for value in values):
        raise UsageError(f"--pivot: {metric!r} does not hold numbers, so it has no mean")
    left, head = _distinct(rows), _distinct(columns)
    body = [
        (one, *(_cell(cells.get((identity(one), identity(other)), [])) for other in head)) for one in left
    ]
    names = tuple(apart(_heads(across, head), "value", (down,)).values())
    varying = tuple(name for name in table.parameters if name not in (down, across))
    most = max(map(len, cells.values()), default=0)
    return Pivot(Table((down, *names), tuple(body), parameters=(down,), metrics=names), most, varying)


def _distinct(values: Iterable[Value]) -> list[Value]:
    return sorted({identity(value): value for value in values}.values(), key=rank())


def _heads(across: str, values: Iterable[Value]) -> tuple[str, ...]:
    """What stands above each column; where a number reads like a text, their kinds tell them apart."""
    names: list[str] = []
    for value in values:
        name = f"{across}={render_value(value)}"
        names.append(f"{name} ({type(value).__name__})" if name in names else name)
    return tuple(names)


def _cell(values: list[Value]) -> Value:
    """The only value as it is, NaN included, or the mean of several."""
    return values[0] if len(values) == 1 else spread(values).mean
