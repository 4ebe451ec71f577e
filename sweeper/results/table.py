"""The table of a sweep: one row a trial, from the journal alone.

Columns, in this order: `trial`; the parameters that differ between trials, in the order of the
configuration; the metrics, in the order of their first appearance; `state`, `attempts`, `seconds`,
`host`, `cause`, `error`. A metric that has the name of a parameter or of one of the fixed columns
is called `metric.<name>`; a parameter with the name of a fixed column, `param.<name>`.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.model import Status, Value, canonical_json
from sweeper.core.state import State, TrialState

FIRST = ("trial",)
LAST = ("state", "attempts", "seconds", "host", "cause", "error")

Row = tuple[Any, ...]

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length under `columns`; None where a trial has no such value."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    parameters: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()

    def column(self, name: str) -> list[Any]:
        """All values of one column; UsageError where there is none of that name."""
        place = self._place(name)
        return [row[place] for row in self.rows]

    def sort(self, by: str, *, descending: bool = False) -> Table:
        """Ordered by a column: missing values and NaN last, whatever the direction."""
        place = self._place(by)
        rank = _rank(descending)
        return replace(self, rows=tuple(sorted(self.rows, key=lambda row: rank(row[place]))))

    def top(self, count: int) -> Table:
        """The first rows."""
        return replace(self, rows=self.rows[:count])

    def only(self, columns: Iterable[str]) -> Table:
        """Some of the columns, in the order given."""
        names = tuple(columns)
        places = [self._place(name) for name in names]
        return replace(self, columns=names, rows=tuple(tuple(row[at] for at in places) for row in self.rows))

    def _place(self, name: str) -> int:
        if name in self.columns:
            return self.columns.index(name)
        close = difflib.get_close_matches(name, self.columns, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(self.columns)}"
        raise UsageError(f"there is no column {name!r}; {hint}")


def make_table(state: State) -> Table:
    """The table of everything that the journal has told so far, in the order of the trials."""
    params = [dict(_flat(one.trial.params)) for one in state.trials]
    keys = _in_order(params)
    varying = _varying(params, keys)
    metrics = _in_order(_metrics(one) for one in state.trials)
    parameter_names = {key: _apart(key, "param", (*FIRST, *LAST)) for key in keys}
    taken = (*FIRST, *LAST, *parameter_names.values())
    metric_names = {key: _apart(key, "metric", taken) for key in metrics}
    constants = [key for key in keys if key not in varying]
    order = [key for key in keys if key in varying] + constants
    columns = (
        *FIRST,
        *(parameter_names[key] for key in order),
        *metric_names.values(),
        *LAST,
    )
    rows = tuple(_row(one, own, order, metrics) for one, own in zip(state.trials, params, strict=True))
    return Table(
        columns,
        rows,
        parameters=tuple(parameter_names[key] for key in order if key in varying),
        constants=tuple(parameter_names[key] for key in constants),
        metrics=tuple(metric_names.values()),
    )


def _row(one: TrialState, params: Mapping[str, Value], keys: Sequence[str], metrics: Sequence[str]) -> Row:
    outcome, found = one.outcome, _metrics(one)
    return (
        one.trial.index,
        *map(params.get, keys),
        *map(found.get, metrics),
        str(one.status),
        one.number,
        outcome.seconds if outcome else None,
        outcome.host if outcome else None,
        str(outcome.cause) if outcome else None,
        outcome.error if outcome else None,
    )


def _metrics(one: TrialState) -> Mapping[str, Value]:
    """Only what a completed attempt left counts as a result."""
    return one.outcome.metrics if one.outcome and one.status is Status.COMPLETED else {}


def _flat(params: Mapping[str, Value], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in params.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _in_order(many: Iterable[Mapping[str, Any]]) -> list[str]:
    seen: dict[str, None] = {}
    for one in many:
        if seen.keys() != one.keys():
            seen.update(dict.fromkeys(one))
    return list(seen)


def _varying(params: Sequence[Mapping[str, Value]], keys: Iterable[str]) -> set[str]:
    """The keys whose values are not the same everywhere; a key that only some have varies."""
    return {key for key in keys if not _constant([one.get(key, _MISSING) for one in params])}


def _constant(values: Sequence[Value]) -> bool:
    first = values[0]
    return all(value is first or _same(value, first) for value in values)


def _same(one: Value, other: Value) -> bool:
    """Equal in value and kind: `1`, `1.0` and `true` are three, NaN is itself."""
    if type(one) is not type(other) or one is _MISSING:
        return False
    return bool(one == other) if isinstance(one, (str, int)) else canonical_json(one) == canonical_json(other)


def _apart(key: str, kind: str, taken: Sequence[str]) -> str:
    return f"{kind}.{key}" if key in taken else key


def _rank(descending: bool) -> Callable[[Any], tuple[int, Any]]:
    """Numbers before texts before everything else, what is missing last."""

    def rank(value: Any) -> tuple[int, Any]:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return 3, 0
        if isinstance(value, (bool, int, float)):
            return 0, -value if descending else value
        if isinstance(value, str):
            return 1, _Reversed(value) if descending else value
        return 2, canonical_json(value)

    return rank


class _Reversed(str):
    """A text that sorts the other way round, so that a stable sort can keep missing values last."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)
