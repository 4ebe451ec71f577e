"""Trials that differ in nothing but their seeds, as one row: mean, deviation, and who is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sweeper.core.errors import UsageError
from sweeper.core.model import Status, Value
from sweeper.core.values import render_value
from sweeper.core.words import listed
from sweeper.results.columns import apart
from sweeper.results.numbers import Spread, number_of, spread
from sweeper.results.order import identity, rank
from sweeper.results.tabular import Row, Table

OWN = ("n", "of", "missing")
"""Columns that tell of a group itself: how many of how many trials have a result, and which have none."""

_Key = tuple[tuple[type, Value], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Trials that are alike but for what they are grouped over.

    `key` are their common values, `count` is how many of the seeds have a result, `missing` are
    those that have none.
    """

    key: tuple[Value, ...]
    count: int
    missing: tuple[str, ...]
    spreads: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups, best first. `keys` are what tells them apart, `of` is how many seeds there are."""

    keys: tuple[str, ...]
    metrics: tuple[str, ...]
    of: int
    groups: tuple[Group, ...]

    @property
    def incomplete(self) -> int:
        """How many groups lack a seed."""
        return sum(bool(one.missing) for one in self.groups)

    @property
    def names(self) -> Mapping[str, str]:
        """What each parameter and each metric is called among the columns of the groups."""
        keys = apart(self.keys, "param", OWN)
        return keys | apart(self.metrics, "metric", (*OWN, *keys.values()))

    def table(self) -> Table:
        """For other programs: a mean is called as its metric is, its deviation `<metric>.std`.

        A deviation that would be called like another column is called `std.<metric>.std`.
        """
        deviations = {name: f"{name}.std" for name in self.metrics}
        called = apart(list(deviations.values()), "std", (*OWN, *self.names.values()))
        numbers = [column for name in self.metrics for column in (self.names[name], called[deviations[name]])]
        rows = [
            (*one.key, one.count, self.of, ", ".join(one.missing), *_numbers(one, self.metrics))
            for one in self.groups
        ]
        return self._table(OWN, numbers, rows)

    def shown(self) -> Table:
        """For people: `0.812 ± 0.013`, `3 of 5`, and what is missing where anything is."""
        some = bool(self.incomplete)
        rows = [
            (
                *one.key,
                f"{one.count} of {self.of}",
                *([", ".join(one.missing)] if some else []),
                *(words(one.spreads[name]) for name in self.metrics),
            )
            for one in self.groups
        ]
        numbers = [self.names[name] for name in self.metrics]
        return self._table(("n", "missing") if some else ("n",), numbers, rows)

    def _table(self, own: Sequence[str], numbers: Sequence[str], rows: Sequence[Row]) -> Table:
        parameters = tuple(self.names[name] for name in self.keys)
        columns = (*parameters, *own, *numbers)
        return Table(columns, tuple(rows), parameters=parameters, metrics=tuple(numbers))


def grouped(table: Table, over: Sequence[str], by: str | None, *, descending: bool) -> Groups:
    """The rows of `table` grouped by every parameter (and sweep) but those named in `over`.

    Only completed trials count. A seed counts where its trial has a number for the metric `by`, which
    also ranks the groups; without it, where it has completed. UsageError where `over` names no parameter.
    """
    keys = _keys(table, over)
    metrics = tuple(name for name in table.metrics if _is_numeric(table.column(name)))
    seeds = _seeds(table, over)
    found = [_group(table, keys, rows, over, seeds, metrics, by) for rows in _alike(table, keys)]
    if by and by in metrics:
        order = rank(descending)
        found.sort(key=lambda one: order(one.spreads[by].mean))
    return Groups(keys, metrics, len(seeds), tuple(found))


def words(one: Spread) -> str:
    """A mean and its deviation for people; `?` where one number alone tells of none."""
    if one.mean is None:
        return ""
    return f"{one.mean:.4g} ± {'?' if one.std is None else format(one.std, '.2g')}"


def _keys(table: Table, over: Sequence[str]) -> tuple[str, ...]:
    known = [name for name in ("sweep", *table.parameters, *table.constants) if name in table.columns]
    for name in over:
        if name not in known:
            table.place(name)
            raise UsageError(
                f"{name!r} is no parameter, so nothing can be grouped over it; there are: {listed(known)}"
            )
    return tuple(name for name in known if name not in over and name not in table.constants)


def _seeds(table: Table, over: Sequence[str]) -> dict[_Key, str]:
    """What the trials are grouped over: all its values, in their order, and how they read."""
    places = [table.place(name) for name in over]
    found = {_identity(row, places): tuple(row[place] for place in places) for row in table.rows}
    order = rank()
    pairs = sorted(found.items(), key=lambda pair: [order(value) for value in pair[1]])
    return {key: " ".join(map(_named, over, values)) for key, values in pairs}


def _named(name: str, value: Value) -> str:
    return f"{name}={render_value(value)}"


def _alike(table: Table, keys: Sequence[str]) -> Iterable[list[Row]]:
    places = [table.place(name) for name in keys]
    groups: dict[_Key, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(_identity(row, places), []).append(row)
    return groups.values()


def _group(
    table: Table,
    keys: Sequence[str],
    rows: Sequence[Row],
    over: Sequence[str],
    seeds: Mapping[_Key, str],
    metrics: Sequence[str],
    by: str | None,
) -> Group:
    state, ranked = table.place("state"), table.place(by) if by and by in metrics else None
    done = [row for row in rows if row[state] == Status.COMPLETED.value]
    places = [table.place(name) for name in over]
    counted = {_identity(row, places) for row in done if ranked is None or number_of(row[ranked]) is not None}
    return Group(
        tuple(rows[0][table.place(name)] for name in keys),
        len(counted),
        tuple(text for seed, text in seeds.items() if seed not in counted),
        {name: _spread(done, table.place(name)) for name in metrics},
    )


def _spread(rows: Sequence[Row], place: int) -> Spread:
    return spread([row[place] for row in rows])


def _identity(row: Row, places: Sequence[int]) -> _Key:
    return tuple(identity(row[place]) for place in places)


def _numbers(one: Group, metrics: Sequence[str]) -> list[float | None]:
    return [number for name in metrics for number in (one.spreads[name].mean, one.spreads[name].std)]


def _is_numeric(values: Iterable[Value]) -> bool:
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float, bool}
