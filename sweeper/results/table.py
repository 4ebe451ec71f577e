"""The table of a sweep: one row a trial, from the journal alone.

Columns, in this order: `trial`; the parameters that differ between trials, in the order of the
configuration; the metrics, in the order of their first appearance; `state`, `attempts`, `seconds`,
`host`, `cause`, `error`. A metric that has the name of a parameter or of one of the fixed columns
is called `metric.<name>`; a parameter with the name of a fixed column, `param.<name>`.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
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
        return replace(self, rows=self.rows[: max(0, count)])

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
    params = _columns([_flat(one.trial.params) for one in state.trials])
    metrics = _columns([_metrics(one) for one in state.trials])
    constant = {key for key, values in params.items() if _is_constant(values)}
    order = [key for key in params if key not in constant] + [key for key in params if key in constant]
    parameter_names = _apart(order, "param", (*FIRST, *LAST))
    metric_names = _apart(list(metrics), "metric", (*FIRST, *LAST, *parameter_names.values()))
    columns = [
        [one.trial.index for one in state.trials],
        *(_with_none(params[key]) for key in order),
        *map(_with_none, metrics.values()),
        *_last(state.trials),
    ]
    return Table(
        (*FIRST, *parameter_names.values(), *metric_names.values(), *LAST),
        tuple(zip(*columns, strict=True)),
        parameters=tuple(name for key, name in parameter_names.items() if key not in constant),
        constants=tuple(name for key, name in parameter_names.items() if key in constant),
        metrics=tuple(metric_names.values()),
    )


def _last(trials: Sequence[TrialState]) -> tuple[list[Value], ...]:
    """The columns of LAST."""
    outcomes = [one.outcome for one in trials]
    return (
        [one.status.value for one in trials],
        [one.number for one in trials],
        [outcome.seconds if outcome else None for outcome in outcomes],
        [outcome.host if outcome else None for outcome in outcomes],
        [outcome.cause.value if outcome else None for outcome in outcomes],
        [outcome.error if outcome else None for outcome in outcomes],
    )


def _metrics(one: TrialState) -> Mapping[str, Value]:
    """Only what a completed attempt left counts as a result."""
    return one.outcome.metrics if one.outcome and one.status is Status.COMPLETED else {}


def _flat(params: Mapping[str, Value]) -> Mapping[str, Value]:
    if not any(isinstance(value, dict) for value in params.values()):
        return params
    found: dict[str, Value] = {}
    for key, value in params.items():
        if isinstance(value, dict) and value:
            found |= {f"{key}.{name}": inner for name, inner in _flat(value).items()}
        else:
            found[key] = value
    return found


def _columns(many: Sequence[Mapping[str, Value]]) -> dict[str, list[Value]]:
    """All values of every key, the keys in the order in which they first appear."""
    keys: dict[str, None] = {}
    for one in many:
        if keys.keys() != one.keys():
            keys.update(dict.fromkeys(one))
    return {key: [one.get(key, _MISSING) for one in many] for key in keys}


def _with_none(values: list[Value]) -> list[Value]:
    return [None if value is _MISSING else value for value in values]


def _is_constant(values: Sequence[Value]) -> bool:
    """The same value and kind everywhere: `1`, `1.0` and `true` are three, NaN is itself."""
    kinds = set(map(type, values))
    if len(kinds) > 1:
        return False
    if kinds <= {str, int, bool}:
        return len(set(values)) == 1
    first = values[0]
    text = repr(first)
    return all(repr(one) == text or canonical_json(one) == canonical_json(first) for one in values)


def _apart(keys: Sequence[str], kind: str, taken: Sequence[str]) -> dict[str, str]:
    """The column of every key: its own name, or one that tells it apart from those that are `taken`."""
    columns = {key: key for key in keys if key not in taken}
    for key in keys:
        column = key
        while column in taken or (column != key and column in columns.values()):
            column = f"{kind}.{column}"
        columns[key] = column
    return {key: columns[key] for key in keys}


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
