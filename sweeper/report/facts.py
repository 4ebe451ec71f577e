"""The data for summary and page: the folded journal of a sweep, and its table with the best trial first."""

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
    """The facts of a sweep according to its journal.

    Attributes:
        name: the name of the sweep.
        folder: its absolute path.
        results: its settings of results.
        state: its folded journal.
        tally: its costs.
        now: the wall time of these facts.
        table: its table, with the best trial first if results.metric is set.
        metric: the column of results.metric; None if it is not set or no trial has reported it.
        code: the commit that the sweep was created from, as text; empty if there is none.
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
    """Make the facts of the sweep in `folder`; the other arguments are as in `ReportFacts`."""
    table = ranked(table_of(one), results)
    metric = metric_column(table, results.metric)
    return ReportFacts(one.name, folder, results, one.state, tally, now, table, metric, code)
