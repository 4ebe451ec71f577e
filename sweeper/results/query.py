"""What is asked of the tables of sweeps, and the answer: which rows, in which order, in which form."""

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
    """Everything that may be asked; what is not asked for changes nothing.

    `pivot` names two parameters and a metric. See metric.py and condition.py for what `metrics` and
    `where` may say.
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
    """`table` is for programs; `shown` for people, where that is another. `line` is a message beside it.

    `metric` is the column that ranks the rows, if any does; `assumed` has a line for each direction that
    only the name of a metric gives.
    """

    table: Table
    shown: Table | None = None
    metric: str | None = None
    line: str = ""
    assumed: Sequence[str] = ()


def answer(query: Query, folders: Sequence[SweepFolder], report: Report) -> QueryResult:
    """Ask one sweep, or several together. `report` hears of curves that could not be used.

    UsageError for a column, a metric or a condition that makes no sense.
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
    """What was assumed of the metrics that a query names; `ranking` is the one that orders its rows."""
    return [line for one in named for line in assumptions(one, settings, ranks=one is ranking)]


def ranked(
    table: Table,
    settings: ResultsSettings,
    metric: Metric | None = None,
    by: str | None = None,
    *,
    reverse: bool = False,
) -> Table:
    """The table ordered `by` a column; by default best first, where a metric ranks the trials."""
    ranking = metric or _configured(settings)
    best = metric_column(table, ranking.text) if ranking else None
    column = by or best or "trial"
    best_first = ranking is not None and column == best and ranking.better(settings) == "max"
    return table.sort(column, descending=best_first != reverse)


def metric_column(table: Table, name: str | None) -> str | None:
    """The column of a metric, by its own name or by that of a column; None where no trial has it."""
    if name is None:
        return None
    known = (name, f"metric.{name}", name.removeprefix("metric."))
    return next((one for one in known if one in table.metrics), None)


def _configured(settings: ResultsSettings) -> Metric | None:
    return Metric(settings.metric, settings.metric) if settings.metric else None


def _settings(folders: Sequence[SweepFolder]) -> ResultsSettings:
    """Of several sweeps, those of the first that has a metric."""
    many = [folder.settings.results for folder in folders]
    return next((one for one in many if one.metric), many[0])


def _metric(table: Table, text: str) -> Metric:
    """A column of that very name first; then a number that the curves hold."""
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
    """What curves call a metric that the table had to rename."""
    own = name.removeprefix("metric.")
    return own if name in table.metrics and own in table.columns else name


def _chosen(
    table: Table, where: str | None, asked: Sequence[Metric], sweeps: Sweeps, report: Report
) -> Table:
    """The rows that are wanted. What can be left out before curves are read is not read."""
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
