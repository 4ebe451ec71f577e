"""Queries on the tables of sweeps: which rows and columns, in which order and form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed
from sweeper.core.settings import ResultsSettings
from sweeper.results import condition
from sweeper.results.metric import Metric, assumptions
from sweeper.results.reduce import Sweeps, add_reduced_columns
from sweeper.results.table import distinct_names, joined, source, table_of
from sweeper.results.tabular import Table
from sweeper.store.folder import SweepFolder

Report = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Query:
    """The options of a query; a default changes nothing.

    Attributes:
        where: a condition on the rows; see condition.py.
        metrics: metrics to add as columns, of which the first ranks the rows; see metric.py.
        sort: the column to sort by, instead of the metric that ranks the rows.
        reverse: reverse the order.
        top: the largest number of rows.
        columns: the columns to show.
        over: the parameters to average over.
        pivot: two parameters and a metric.
    """

    where: str | None = None
    metrics: Sequence[str] = ()
    sort: str | None = None
    reverse: bool = False
    top: int | None = None
    columns: Sequence[str] = ()
    over: Sequence[str] = ()
    pivot: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The answer to a query.

    Attributes:
        table: the table for programs.
        shown: the table for people, if it differs.
        metric: the column that ranks the rows, if there is one.
        line: a message to show with the table.
        assumed: a line for each direction that was not given but assumed; see `metric.assumptions`.
    """

    table: Table
    shown: Table | None = None
    metric: str | None = None
    line: str = ""
    assumed: Sequence[str] = ()


def answer(query: Query, folders: Sequence[SweepFolder], report: Report) -> QueryResult:
    """Answer a query on one sweep, or on several together.

    Args:
        query: the query.
        folders: the sweeps.
        report: called with a line about curves that cannot be used, and if the condition matches no trial.

    Raises:
        UsageError: a column, a metric or the condition is not valid.
    """
    names = distinct_names(folders)
    states = [folder.state() for folder in folders]
    sources = [source(*given) for given in zip(folders, states, names, strict=True)]
    table = table_of(sources[0]) if len(sources) == 1 else joined(sources)
    sweeps = dict(zip(names, zip(folders, states, strict=True), strict=True))
    asked = [_metric(table, text) for text in (*query.metrics, *query.pivot[2:])]
    table = _chosen(table, query.where, asked, sweeps, report)
    settings = _settings(folders)
    if query.pivot:
        return replace(_pivot(query, table), assumed=_assumed(asked, settings, None))
    ranking = asked[0] if asked else _configured(settings)
    found = (_grouped if query.over else _rows)(query, table, ranking, settings)
    ranks = found.metric is not None and not query.reverse and query.sort in (None, found.metric)
    named = asked or ([ranking] if ranking else [])
    return replace(found, assumed=_assumed(named, settings, ranking if ranks else None))


def _assumed(named: Sequence[Metric], settings: ResultsSettings, ranking: Metric | None) -> list[str]:
    """Return the assumptions on the metrics of a query; `ranking` is the one that orders its rows."""
    return [line for one in named for line in assumptions(one, settings, ranks=one is ranking)]


def ranked(
    table: Table,
    settings: ResultsSettings,
    metric: Metric | None = None,
    by: str | None = None,
    *,
    reverse: bool = False,
) -> Table:
    """Sort the table, by default with the best trial first, or by trial if no metric ranks them.

    Args:
        table: the table to sort.
        settings: the settings of results, which may name a metric.
        metric: the metric that ranks the trials, instead of that of the settings.
        by: the column to sort by, instead of the metric.
        reverse: reverse the order.
    """
    ranking = metric or _configured(settings)
    best = metric_column(table, ranking.text) if ranking else None
    column = by or best or "trial"
    best_first = ranking is not None and column == best and ranking.better(settings) == "max"
    return table.sort(column, descending=best_first != reverse)


def metric_column(table: Table, name: str | None) -> str | None:
    """Return the column of a metric, given its own name or its column; None if no trial has it."""
    if name is None:
        return None
    known = (name, f"metric.{name}", name.removeprefix("metric."))
    return next((one for one in known if one in table.metrics), None)


def _configured(settings: ResultsSettings) -> Metric | None:
    return Metric(settings.metric, settings.metric) if settings.metric else None


def _settings(folders: Sequence[SweepFolder]) -> ResultsSettings:
    """Return the settings of the first sweep that sets results.metric, else of the first sweep."""
    many = [folder.settings.results for folder in folders]
    return next((one for one in many if one.metric), many[0])


def _metric(table: Table, text: str) -> Metric:
    """Find the metric that `text` means: a column with this exact name, else a value of the curves."""
    if text in table.columns:
        return Metric(text, text)
    found = Metric.parse(text)
    if not found.how:
        name, _, how = text.rpartition(":")
        if name in table.metrics:
            raise UsageError(
                f"--metric {text}: there is no {how!r}; behind a name stands :max, :min, :last or :best@OTHER"
            )
        column = metric_column(table, text)
        table.place(column or text)
        return Metric(column or text, text)
    return replace(found, name=_in_curves(table, found.name), by=_in_curves(table, found.by))


def _in_curves(table: Table, name: str) -> str:
    """Return the name that a metric has in the curves; the table may have renamed it to `metric.<name>`."""
    own = name.removeprefix("metric.")
    return own if name in table.metrics and own in table.columns else name


def _chosen(
    table: Table, where: str | None, asked: Sequence[Metric], sweeps: Sweeps, report: Report
) -> Table:
    """Return the rows that match the condition, with the reduced columns.

    If possible, the condition is applied first, so that curves of other trials are not read.
    """
    if where is None:
        return add_reduced_columns(table, asked, sweeps, report)
    wanted = condition.parse(where)
    if any(one.how and one.text in wanted.names for one in asked):
        table = add_reduced_columns(table, asked, sweeps, report)
        chosen = table.where(wanted.on(table))
    else:
        chosen = add_reduced_columns(table.where(wanted.on(table)), asked, sweeps, report)
    if table.rows and not chosen.rows:
        report(f"--where {where!r} holds for none of {len(table.rows)} trials")
    return chosen


def _rows(query: Query, table: Table, metric: Metric | None, settings: ResultsSettings) -> QueryResult:
    table = ranked(table, settings, metric, query.sort, reverse=query.reverse)
    table = _cut(table, query.top)
    column = metric_column(table, metric.text) if metric else None
    if query.columns:
        table = table.only(query.columns)
        return QueryResult(table, table, column)
    return QueryResult(table, metric=column)


def _grouped(query: Query, table: Table, metric: Metric | None, settings: ResultsSettings) -> QueryResult:
    from sweeper.results.groups import grouped  # needs pandas, which takes long to import

    column = metric_column(table, metric.text) if metric else None
    more = metric is not None and metric.better(settings) == "max"
    groups = grouped(table, query.over, column, descending=more != (query.reverse and not query.sort))
    rows, names = groups.table, groups.names
    if query.sort:
        best_first = query.sort == column and more
        rows = rows.sort(names.get(query.sort, query.sort), descending=best_first != query.reverse)
    rows = _cut(rows, query.top)
    shown = groups.shown(rows)
    if query.columns:
        wanted = [names.get(name, name) for name in query.columns]
        rows = rows.only(wanted)
        shown = shown.only(wanted) if set(wanted) <= set(shown.columns) else rows
    line = (
        f"{groups.incomplete} of {len(groups.table.rows)} groups are incomplete" if groups.incomplete else ""
    )
    return QueryResult(rows, shown, names.get(column, column) if column else None, line)


def _pivot(query: Query, table: Table) -> QueryResult:
    from sweeper.results.pivot import pivoted  # needs pandas, which takes long to import

    down, across, metric = query.pivot
    pivot = pivoted(table, down, across, metric_column(table, metric) or metric)
    over = f", which differ in {listed(pivot.over)}" if pivot.over else ""
    line = f"a cell is the mean of up to {pivot.most} trials{over}" if pivot.most > 1 else ""
    found = _cut(pivot.table, query.top)
    return QueryResult(found, found, line=line)


def _cut(table: Table, top: int | None) -> Table:
    return table if top is None else table.top(top)
