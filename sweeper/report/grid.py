"""The completed trials of a sweep as points: their parameters, seeds among them, and the metric."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from sweeper.core.model import canonical_json
from sweeper.core.patterns import lazy
from sweeper.report.facts import ReportFacts
from sweeper.results.cells import can_be_drawn
from sweeper.results.readers.rows import AXES
from sweeper.results.tabular import Table

_SEED = lazy(r"(?:^|[._-])seed$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Points:
    """The trials with a finite value of a metric.

    Attributes:
        parameters: the names of the parameters that vary.
        metric: the column of the metric.
        trials: the index of each trial.
        rows: the parameters of each trial, in the order of `parameters`.
        values: the metric of each trial.
        left_out: the number of trials that have no value (yet), or one that cannot be drawn.
    """

    parameters: tuple[str, ...]
    metric: str
    trials: tuple[int, ...]
    rows: tuple[tuple[Any, ...], ...]
    values: tuple[float, ...]
    left_out: int

    def column(self, parameter: str) -> list[Any]:
        """Return the values of one parameter."""
        place = self.parameters.index(parameter)
        return [row[place] for row in self.rows]

    @property
    def seeds(self) -> tuple[str, ...]:
        """The parameters that only repeat the same experiment: `seed` and names such as `data.seed`."""
        return tuple(name for name in self.parameters if _SEED.search(name))

    @property
    def searched(self) -> tuple[str, ...]:
        """The parameters that are not seeds."""
        return tuple(name for name in self.parameters if not _SEED.search(name))


@dataclass(frozen=True, slots=True)
class Group:
    """Trials that agree in some parameters (all but the seeds, usually), and their values of the metric."""

    row: tuple[Any, ...]
    trials: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return fmean(self.values)

    @property
    def spread(self) -> float | None:
        """The standard deviation of the values; None if there is only one."""
        return stdev(self.values) if len(self.values) > 1 else None


def make_points(facts: ReportFacts) -> Points | None:
    """Return the points of a sweep; None if no metric can be used.

    If results.metric has no values or is not set, the first metric with numbers is used instead, if possible
    one that does not count steps and differs between trials.
    """
    table = facts.table
    metric = facts.metric or _stand_in(table)
    if metric is None:
        return None
    places = [table.columns.index(name) for name in table.parameters]
    at = table.columns.index(metric)
    rows = [row for row in table.rows if can_be_drawn(row[at])]
    return Points(
        table.parameters,
        metric,
        tuple(row[0] for row in rows),
        tuple(tuple(row[place] for place in places) for row in rows),
        tuple(float(row[at]) for row in rows),
        len(table.rows) - len(rows),
    )


def _stand_in(table: Table) -> str | None:
    known = {name: {one for one in table.column(name) if can_be_drawn(one)} for name in table.metrics}
    ranked = sorted(known, key=lambda name: (name.lower() in AXES, len(known[name]) < 2))
    return next((name for name in ranked if known[name]), None)


def over_seeds(points: Points, parameters: Sequence[str] | None = None) -> list[Group]:
    """Group the points by some parameters, by default all but the seeds, in order of appearance."""
    names = points.searched if parameters is None else parameters
    places = [points.parameters.index(name) for name in names]
    found: dict[str, tuple[tuple[Any, ...], list[int], list[float]]] = {}
    for trial, row, value in zip(points.trials, points.rows, points.values, strict=True):
        key = tuple(row[place] for place in places)
        _, trials, values = found.setdefault(canonical_json(list(key)), (key, [], []))
        trials.append(trial)
        values.append(value)
    return [Group(key, tuple(trials), tuple(values)) for key, trials, values in found.values()]
