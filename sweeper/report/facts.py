"""What summary and page are made from: a sweep's journal, folded, and its table, best first."""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.core.settings import ResultsSettings
from sweeper.core.state import State
from sweeper.report.tally import Tally
from sweeper.results.table import Table, make_table


@dataclass(frozen=True, slots=True)
class Facts:
    """A sweep as its journal tells it at wall time `now`.

    `folder` is its absolute path; `table` has the best trial first where a metric ranks the trials;
    `metric` is that one's column, None where results.metric is not set or no trial has reported it.
    """

    name: str
    folder: str
    results: ResultsSettings
    state: State
    tally: Tally
    now: float
    table: Table
    metric: str | None

    @property
    def maximise(self) -> bool:
        """Is more of the metric better?"""
        return self.results.mode != "min"


def make_facts(
    name: str, folder: str, results: ResultsSettings, state: State, tally: Tally, now: float
) -> Facts:
    """The facts of a sweep from its folded journal."""
    table = make_table(state)
    metric = metric_column(table, results.metric)
    if metric:
        table = table.sort(metric, descending=results.mode != "min")
    return Facts(name, folder, results, state, tally, now, table, metric)


def metric_column(table: Table, metric: str | None) -> str | None:
    """The column of a metric, which may not have its own name for a parameter's sake; None: there is none."""
    return next((name for name in (metric, f"metric.{metric}") if name in table.metrics), None)
