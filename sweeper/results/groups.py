"""Groups trials that differ only in their seeds into one row: mean, deviation, and missing seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress, repeat
from typing import Any

import numpy
import pandas

from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed
from sweeper.core.model import Status, Value
from sweeper.core.values import render_value
from sweeper.results.columns import disambiguate
from sweeper.results.levels import Codes, factorize
from sweeper.results.numbers import Spread, mean_and_std
from sweeper.results.order import rank
from sweeper.results.results_frame import frame_of
from sweeper.results.tabular import Row, Table

Mask = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]
OWN = ("n", "of", "missing")
"""Columns about the group itself: how many seeds have a result, how many there are, which are missing."""


@dataclass(frozen=True, slots=True)
class Groups:
    """A table with one row per group, for programs.

    Attributes:
        table: the parameters, the columns of `OWN`, and the mean and deviation of each metric.
        names: the column of each parameter and of the mean of each metric.
        stds: for the column of each mean, the column of its standard deviation.
    """

    table: Table
    names: Mapping[str, str]
    stds: Mapping[str, str]

    @property
    def incomplete(self) -> int:
        """The number of groups that lack a seed."""
        return sum(map(bool, self.table.column("missing")))

    def shown(self, table: Table) -> Table:
        """Format `table` for people: `0.812 ± 0.013`, `3 of 5`, and the missing seeds if a group lacks some.

        Args:
            table: the table of the groups, or some rows of it.
        """
        columns = {name: table.column(name) for name in table.parameters}
        columns["n"] = list(map("{} of {}".format, table.column("n"), table.column("of")))
        if self.incomplete:
            columns["missing"] = table.column("missing")
        for name, std in self.stds.items():
            columns[name] = list(map(_shown, table.column(name), table.column(std)))
        rows = tuple(zip(*columns.values(), strict=True))
        return Table(tuple(columns), rows, parameters=table.parameters, metrics=tuple(self.stds))


def grouped(table: Table, over: Sequence[str], by: str | None, *, descending: bool) -> Groups:
    """Group the rows by the sweep and every varying choice and parameter, except those named in `over`.

    Only completed trials count.

    Args:
        table: the table of trials.
        over: the parameters to average over, such as the seed.
        by: the metric whose mean orders the groups; a seed counts as present if it has a number for it. If
            there is no such metric, a seed counts if its trial completed, and groups stay in order of
            appearance.
        descending: whether the largest mean comes first.

    Raises:
        UsageError: `over` names a column that is no parameter.
    """
    keys = _keys(table, over)
    metrics = [name for name in table.metrics if _is_numeric(table.column(name))]
    group, groups = factorize(table, keys)
    frame = frame_of(table.only(["state", *metrics]))
    done = (frame["state"] == Status.COMPLETED.value).to_numpy(bool)
    counted = done & frame[by].notna().to_numpy(bool) if by in metrics else done
    own = _own(table, over, group, len(groups), counted)
    places = frame[done].groupby(group[done]).indices
    members = [places.get(one, []) for one in range(len(groups))]
    spreads = [_spreads(frame.loc[done, name], members) for name in metrics]
    rows = [
        (*key, *counts, *chain.from_iterable(numbers))
        for key, counts, *numbers in zip(groups, own, *spreads, strict=True)
    ]
    found = _with_names(keys, metrics, rows)
    if not by or by not in metrics:
        return found
    return replace(found, table=found.table.sort(found.names[by], descending=descending))


def _keys(table: Table, over: Sequence[str]) -> list[str]:
    known = [name for name in ("sweep", *table.parameters, *table.constants) if name in table.columns]
    for name in over:
        if name not in known:
            table.place(name)
            raise UsageError(
                f"{name!r} is no parameter, so nothing can be grouped over it; there are: {listed(known)}"
            )
    return [name for name in known if name not in over and name not in table.constants]


def _own(table: Table, over: Sequence[str], group: Codes, count: int, counted: Mask) -> Iterable[Row]:
    """Return the values of the columns OWN for each of `count` groups; `counted` marks rows that count."""
    seed, seeds = factorize(table, over, rank())
    has = numpy.zeros((count, len(seeds)), bool)
    has[group[counted], seed[counted]] = True
    names = [" ".join(map(_named, over, values)) for values in seeds]
    missing = [", ".join(compress(names, row)) for row in (~has).tolist()]
    return zip(has.sum(axis=1).tolist(), repeat(len(seeds)), missing)


def _spreads(values: pandas.Series[Any], rows: Iterable[Iterable[Any]]) -> list[Spread]:
    """Return the mean and the standard deviation of the values of each group."""
    numbers = values.tolist()  # Python numbers: float64 cannot hold 10**400, which counts as infinite
    return [mean_and_std([numbers[at] for at in group]) for group in rows]


def _with_names(keys: Sequence[str], metrics: Sequence[str], rows: Sequence[Row]) -> Groups:
    """Name the columns: a mean has the name of its metric, its deviation is `<metric>.std`.

    If another column has that name already, the deviation is `std.<metric>.std`.
    """
    key_names = disambiguate(keys, "param", OWN)
    names = key_names | disambiguate(metrics, "metric", (*OWN, *key_names.values()))
    stds = disambiguate([f"{name}.std" for name in metrics], "std", (*OWN, *names.values()))
    columns = {names[name]: stds[f"{name}.std"] for name in metrics}
    parameters, numbers = tuple(key_names.values()), tuple(chain.from_iterable(columns.items()))
    table = Table((*parameters, *OWN, *numbers), tuple(rows), parameters=parameters, metrics=numbers)
    return Groups(table, names, columns)


def _named(name: str, value: Value) -> str:
    return f"{name}={render_value(value)}"


def _is_numeric(values: Iterable[Value]) -> bool:
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float, bool}


def _shown(mean: float | None, std: float | None) -> str:
    """Format a mean and its deviation for people; the deviation is `?` if there is only one number."""
    if mean is None:
        return ""
    return f"{mean:.4g} ± {'?' if std is None else format(std, '.2g')}"
