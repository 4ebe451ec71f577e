"""What summary and page are made from: a sweep's journal, folded, and its table, best first."""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.core.settings import ResultsSettings
from sweeper.core.state import State
from sweeper.report.tally import Tally
from sweeper.results.query import metric_column, ranked
from sweeper.results.table import RowSource, table_of
from sweeper.results.tabular import Table


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """A sweep as its journal tells it at wall time `now`.

    `folder` is its absolute path; `table` has the best trial first where a metric ranks the trials;
    `metric` is that one's column, None where results.metric is not set or no trial has reported it;
    `code` says which commit the sweep was made from, empty where there is none.
    """

    name: str
    folder: str
    results: ResultsSettings
    state: State
    tally: Tally
    now: float
    table: Table
    metric: str | None
    code: str = ""


def make_facts(
    one: RowSource, folder: str, results: ResultsSettings, tally: Tally, now: float, code: str = ""
) -> ReportFacts:
    """The facts of the sweep in `folder`."""
    table = ranked(table_of(one), results)
    metric = metric_column(table, results.metric)
    return ReportFacts(one.name, folder, results, one.state, tally, now, table, metric, code)
