"""Adds columns to a table that reduce curves to one value: the largest, or the one at the best step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed
from sweeper.core.model import Status, Value
from sweeper.core.state import State
from sweeper.results.curves import read_curves
from sweeper.results.metric import Metric
from sweeper.results.tabular import Table
from sweeper.store.folder import SweepFolder

Sweeps = Mapping[str, tuple[SweepFolder, State]]
"""The sweeps of a table by their names in its column `sweep`; a single sweep may have any name."""

_COUNTED = (Status.COMPLETED.value, Status.RUNNING.value)


def add_reduced_columns(
    table: Table, metrics: Sequence[Metric], sweeps: Sweeps, report: Callable[[str], object]
) -> Table:
    """Return the table with a column for each metric that is a value of a curve.

    Only the curves of trials in the table are read. Only completed and running trials get a value.

    Args:
        table: the table of trials.
        metrics: the metrics to add; those that are final values or columns already are ignored.
        sweeps: the sweeps of the table.
        report: called with a line about curves that cannot be used.

    Raises:
        UsageError: no curve has one of the metrics.
    """
    wanted = [one for one in dict.fromkeys(metrics) if one.how and one.text not in table.columns]
    if not table.rows:
        for one in wanted:
            table = table.with_metric(one.text, [])
    if not wanted or not table.rows:
        return table
    found = _Found(wanted)
    for name, (folder, state) in sweeps.items():
        trials = {index for sweep, index in _keys(table) if sweep in ("", name)}
        counted = {index for index in trials if state.trials[index].status.value in _COUNTED}
        for index, curve in read_curves(folder, counted, state=state, report=found.cannot_use(name)):
            found.names |= curve.series.keys() | {curve.axis}
            found.values[name if len(sweeps) > 1 else "", index] = [
                one.of(curve, folder.settings.results) for one in wanted
            ]
    found.report(report)
    rows = [found.values.get(key, [None] * len(wanted)) for key in _keys(table)]
    for place, one in enumerate(wanted):
        table = table.with_metric(one.text, [row[place] for row in rows])
    return table


class _Found:
    """The values found in curves, by sweep and trial, and the names of all metrics there."""

    def __init__(self, wanted: Sequence[Metric]) -> None:
        self.wanted = wanted
        self.values: dict[tuple[str, int], list[Value]] = {}
        self.names: set[str] = set()
        self.problems: list[str] = []

    def cannot_use(self, sweep: str) -> Callable[[int, str], None]:
        return lambda trial, problem: self.problems.append(f"trial {trial} of {sweep}: {problem}")

    def report(self, report: Callable[[str], object]) -> None:
        if self.problems:
            more = f" (and of {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
            report(f"the curve of {self.problems[0]}{more}")
        for one in self.wanted:
            for name in filter(None, (one.name, one.by)):
                if name not in self.names:
                    there = listed(sorted(self.names)) if self.names else "no trial has left a curve"
                    raise UsageError(f"--metric {one.text}: no curve has {name!r}; there are: {there}")


def _keys(table: Table) -> list[tuple[str, int]]:
    sweeps = table.column("sweep") if "sweep" in table.columns else [""] * len(table.rows)
    return list(zip(sweeps, table.column("trial"), strict=True))
