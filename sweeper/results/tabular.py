"""A table of rows under named columns that can be sorted and filtered without pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.formatting import ending_in, listed, nearest
from sweeper.results.metric import Metric
from sweeper.results.order import rank

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length under named columns.

    Attributes:
        columns: the names of all columns.
        rows: the values of each row; None if a trial has no such value.
        parameters: the columns of choices and parameters that differ between trials, and `command`, if any.
        constants: the columns of those that do not differ.
        metrics: the columns of metrics.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    parameters: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()

    def column(self, name: str) -> list[Any]:
        """Return all values of one column; UsageError if there is no such column."""
        place = self.place(name)
        return [row[place] for row in self.rows]

    def sort(self, by: str, *, descending: bool = False) -> Table:
        """Return the table sorted by a column; missing values and NaN come last in both directions."""
        place, key = self.place(by), rank(descending)
        return replace(self, rows=tuple(sorted(self.rows, key=lambda row: key(row[place]))))

    def top(self, count: int) -> Table:
        """Return the first `count` rows."""
        return replace(self, rows=self.rows[: max(0, count)])

    def where(self, holds: Callable[[Row], bool]) -> Table:
        """Return the rows for which a condition holds."""
        return replace(self, rows=tuple(filter(holds, self.rows)))

    def only(self, columns: Iterable[str]) -> Table:
        """Return the table with these columns only, in the order given, each once."""
        names = tuple(dict.fromkeys(columns))
        places = [self.place(name) for name in names]
        return replace(self, columns=names, rows=tuple(tuple(row[at] for at in places) for row in self.rows))

    def with_metric(self, name: str, values: Sequence[Any]) -> Table:
        """Return the table with one more metric after the present ones; `values` has one value per row."""
        last = self.metrics or self.constants or self.parameters or ("trial",)
        at = self.place(last[-1]) + 1
        rows = tuple((*row[:at], value, *row[at:]) for row, value in zip(self.rows, values, strict=True))
        columns = (*self.columns[:at], name, *self.columns[at:])
        return replace(self, columns=columns, rows=rows, metrics=(*self.metrics, name))

    def place(self, name: str) -> int:
        """Return the index of a column; UsageError, with a hint, if there is no such column."""
        if name in self.columns:
            return self.columns.index(name)
        raise UsageError(f"there is no column {name!r}; {self.hint(name)}")

    def hint(self, name: str) -> str:
        """Return what may have been meant by the name of a column that does not exist."""
        metric = Metric.parse(name)
        if metric.how and metric.name in self.metrics:
            return f"what curves hold is one once it is asked for: --metric {name}"
        if parts := ending_in(name, self.columns)[:3]:
            return f"did you mean {' or '.join(map(repr, parts))}?"
        close = nearest(name, self.columns)
        return f"there are: {listed(self.columns)}" if close is None else f"did you mean {close!r}?"
