"""Turns rows, each with the values that were reported together, into a curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import lt
from typing import Any

from sweeper.results.curve import Curve, Number
from sweeper.results.readers.listing import BadMetricsError
from sweeper.results.readers.metric_values import first_names, scalars, valid_text

AXES = ("step", "global_step", "_step", "iteration", "iter", "epoch")
"""Names of steps: the first of these that every row has as a number counts the steps."""

_MOST_CELLS = 4_000_000
_MOST_INT = 2**63 - 1
_PLAIN = {int, float}
_SPARSE = {int, float, type(None)}


def curve_of(
    rows: Sequence[Mapping[str, Any]], file: str, remark: Callable[[str], None], wanted: Iterable[str] = ()
) -> Curve:
    """Return the curve of the rows in `file`, with nested names joined by dots.

    Args:
        rows: the rows.
        file: the name of their file for messages.
        remark: called with a line about metrics that are left out.
        wanted: metrics that are kept even if there are too many.
    """
    if any(dict in map(type, row.values()) for row in rows):
        rows = [dict(scalars(row, file, remark)) for row in rows]
    names = check_shape(len(rows), dict.fromkeys(chain.from_iterable(rows)), wanted, file, remark)
    return curve_of_columns({name: [row.get(name) for row in rows] for name in names})


def curve_of_columns(columns: Mapping[str, Sequence[Any]]) -> Curve:
    """Return the curve of the numbers in columns of equal length; texts, truth values and lists are left out.

    Rows with the same step are merged; if both have a metric, the later value counts, as in a run that
    returned to a checkpoint. A column does not count as the steps if most values of a metric would be lost by
    this (the epoch, if every batch has a row). If no column counts the steps, each row is a step.
    """
    numbers = {name: values for name, values in map(_numeric, columns.items()) if values}
    for axis in axes(numbers):
        steps = numbers[axis]
        if _can_count(steps):
            series = {name: values for name, values in numbers.items() if name != axis}
            if all(map(lt, steps, steps[1:])):
                return Curve(steps, series, axis)
            if not _loses_most(steps, series):
                return _merged(steps, series, axis)
    lengths = map(len, numbers.values())
    return Curve(tuple(range(1, next(lengths, 0) + 1)), numbers)


def axes(names: Iterable[str]) -> list[str]:
    """Return the names that may count steps, in the order of AXES, ignoring case."""
    known = {name.lower(): name for name in names}
    return [known[axis] for axis in AXES if axis in known]


def check_shape(
    rows: int,
    names: Collection[str],
    wanted: Iterable[str],
    file: str,
    remark: Callable[[str], None],
) -> list[str]:
    """Return the names of the metrics that a curve keeps: the `wanted` ones and the first thousand.

    Args:
        rows: the number of rows.
        names: the names of all metrics.
        wanted: metrics that are kept even if there are too many.
        file: the name of the file for messages.
        remark: called with a line about metrics that are left out.

    Raises:
        BadMetricsError: the curve would need too much memory, even if it is sparse.
    """
    kept = first_names(names, set(wanted))
    if len(kept) < len(names):
        remark(f"{file} holds curves of {len(names)} metrics, too many; {len(kept)} of them are kept")
    if len(kept) * rows > _MOST_CELLS:
        raise BadMetricsError(f"{file} holds {rows} rows of {len(kept)} metrics, too many for a curve")
    return kept


def _numeric(column: tuple[str, Sequence[Any]]) -> tuple[str, tuple[Any, ...]]:
    """Return the name and the column, with None for values that are not numbers; empty without numbers."""
    name, values = column
    kinds = set(map(type, values))
    if not kinds <= _SPARSE:
        values = [value if type(value) in _PLAIN else None for value in values]
    elif kinds == {type(None)}:
        return name, ()
    if int in kinds:
        values = [_rounded(value) for value in values]
    return valid_text(name), tuple(values) if any(value is not None for value in values) else ()


def _rounded(value: Any) -> Any:
    """Return the nearest float for a whole number that does not fit into an array, else the value itself."""
    if type(value) is not int or -_MOST_INT <= value <= _MOST_INT:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _can_count(values: Sequence[Any]) -> bool:
    return None not in values and all(map(math.isfinite, values))


def _loses_most(steps: Sequence[Number], series: Mapping[str, Sequence[Any]]) -> bool:
    for values in series.values():
        given = [step for step, value in zip(steps, values, strict=True) if value is not None]
        if len(set(given)) * 2 < len(given):
            return True
    return False


def _merged(steps: Sequence[Number], series: Mapping[str, Sequence[Any]], axis: str) -> Curve:
    """Return the curve with one row per step, sorted."""
    places = {step: place for place, step in enumerate(sorted(set(steps)))}
    merged = {}
    for name, values in series.items():
        column: list[Any] = [None] * len(places)
        for step, value in zip(steps, values, strict=True):
            if value is not None:
                column[places[step]] = value
        merged[name] = tuple(column)
    return Curve(tuple(places), merged, axis)
