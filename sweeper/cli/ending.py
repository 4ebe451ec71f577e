"""What a run says when it ends: the table, what failed and why, where it all lies, what to do next."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress

from sweeper.cli import tables
from sweeper.cli.common import say
from sweeper.cli.pauses import pause_words
from sweeper.cli.words import reference
from sweeper.core import standing
from sweeper.core.edits import edit_notes
from sweeper.core.failures import alike, warnings
from sweeper.core.model import Attempt, Cause, Status, Value
from sweeper.core.settings import ResultsSettings
from sweeper.core.standing import pause_of
from sweeper.core.state import State, TrialState, can_collect
from sweeper.core.words import counted, did_you_mean, escape, indexes, last_lines, listed
from sweeper.files import atomic
from sweeper.results.best import best_trial, reported
from sweeper.results.metric import Metric, assumptions
from sweeper.results.output import to_csv
from sweeper.results.overlooked import overlooked
from sweeper.results.query import metric_column, ranked
from sweeper.results.table import source, table_of
from sweeper.results.tabular import Table
from sweeper.store import attempts
from sweeper.store.folder import SweepFolder

_ROWS = 30
_ERRORS = 5
_LINES = 10
_FROZEN = (
    "a mistake in the program's own files: mend it {where} and go on here; one in the configuration: run"
    " the grid again, since the commands and parameters of these trials are frozen"
)


def show_ending(folder: SweepFolder, state: State) -> int:
    """Say how the sweep ended, keep its table in its folder, and return the exit code."""
    table = best_first(folder, state)
    write_table(folder, table)
    if any(one.outcome for one in state.trials):
        _show_table(folder, table)
    _show_failures(folder, state)
    for note in edit_notes(state):
        say(note)
    _show_warnings(folder, state)
    if trouble := no_metrics(folder, state) or metric_trouble(folder, state):
        say(trouble)
    for line in _assumed(folder.settings.results, state):
        say(escape(line))
    if paused := pause_of(state.counts, state.paused):
        say(f"paused: {escape(pause_words(state, paused))}")
    if state.paused and not state.hopeless:
        say(_FROZEN.format(where=_where_code_lies(folder)))
    say(f"{counted(state.counts)}; everything is in {_near(folder.paths.folder)}")
    say(f"next: {next_command(folder, state)}")
    return exit_code(state)


def is_over(state: State) -> bool:
    """Has every trial come to an end?"""
    return standing.is_over(state.counts)


def exit_code(state: State) -> int:
    """0 where every trial completed, else 1."""
    return 0 if state.counts[Status.COMPLETED] == len(state.trials) else 1


def write_table(folder: SweepFolder, table: Table) -> None:
    """Put the whole table (see best_first) into results.csv in the sweep's folder."""
    text = to_csv(table)
    with atomic.storage(f"writing {folder.paths.table}"):
        atomic.write(folder.paths.table, text.encode(errors="backslashreplace"), sync=False)


def best_first(folder: SweepFolder, state: State) -> Table:
    """The whole table, ordered by the metric that ranks the trials, if one does."""
    return ranked(table_of(source(folder, state)), folder.settings.results)


def next_command(folder: SweepFolder, state: State) -> str:
    """The command that most people want after this ending."""
    name = reference(folder.paths.folder)
    if not is_over(state):
        return f"cvsweep resume {name}"
    if state.failures:
        return f"cvsweep logs {name} {alike(state)[0][0].trial.index}, then cvsweep retry {name}"
    cancelled = [str(one.trial.index) for one in state.trials if one.status is Status.CANCELLED]
    if cancelled:
        some = " ".join(cancelled[:3]) + (" …" if len(cancelled) > 3 else "")
        return f"cvsweep retry {name} {some}, to run what was cancelled after all"
    return f"cvsweep results {name} -o csv"


def metric_trouble(folder: SweepFolder, state: State) -> str:
    """The line for a results.metric that does not rank all that completed; empty where all is well."""
    wanted = folder.settings.results.metric
    told = [
        (one, one.outcome.metrics) for one in state.trials if one.outcome and one.status is Status.COMPLETED
    ]
    if not wanted or not told:
        return ""
    values = [(one.trial.index, reported(metrics, wanted)) for one, metrics in told]
    lacking = [index for index, value in values if value is None]
    if len(lacking) == len(told):
        return unreported(wanted, {name: None for _, metrics in told for name in metrics})
    odd = [(index, value) for index, value in values if not (value is None or _ranks(value))]
    if odd:
        which, example = indexes(index for index, _ in odd), escape(repr(odd[0][1])[:60])
        return (
            f"results.metric: {wanted!r} is no number in {which}, where it is {example}; they are not ranked"
        )
    if lacking:
        return (
            f"results.metric: {len(lacking)} of {len(told)} completed trials have not reported {wanted!r}:"
            f" {indexes(lacking)}"
        )
    return ""


def unreported(wanted: str, found: Collection[str]) -> str:
    """The line for a results.metric that no trial has reported, and what may have been meant by it."""
    metric = Metric.parse(wanted)
    if metric.how and metric.name in found:
        hint = f"by what its curve holds you rank with: cvsweep results --metric {wanted}"
    elif found:
        hint = f"there are: {listed(found)}{did_you_mean(metric.name, found)}"
    else:
        hint = "no trial left any metrics"
    return f"results.metric: no trial has reported {wanted!r}; {hint}"


def no_metrics(folder: SweepFolder, state: State) -> str:
    """What was seen instead, and how to read it, if no trial that ended well left any metrics; else empty."""
    ended = [(one, one.outcome) for one in state.trials if can_collect(one)]
    silent = [one for one, outcome in ended if outcome and outcome.cause is not Cause.BAD_RESULT]
    told = any(outcome and outcome.metrics for _, outcome in ended)
    if told or not silent or folder.settings.results.reader == "none":
        return ""
    return escape(f"no trial left any metrics{silence(folder, silent[-1], folder.settings.results)}")


def silence(folder: SweepFolder, one: TrialState, results: ResultsSettings) -> str:
    """What a trial left in which these settings find no metrics, behind a semicolon; empty if unknown."""
    out = out_of(folder, one)
    hint = overlooked(out, results, f"cvsweep collect {reference(folder.paths.folder)}")
    return f"; trial {one.trial.index}: {hint}" if hint else ""


def out_of(folder: SweepFolder, one: TrialState) -> str:
    """The folder of a trial's last attempt that has ended."""
    return folder.paths.trial(one.trial).attempt(Attempt(one.trial.index, one.ended))


def _assumed(results: ResultsSettings, state: State) -> list[str]:
    """Which direction was taken for better, if only the metric's name says so."""
    if results.metric is None or not best_trial(state, results):
        return []
    return assumptions(Metric(results.metric, results.metric), results)


def _ranks(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _where_code_lies(folder: SweepFolder) -> str:
    """Which files the trials run: the project's own, or the copy that was made of them."""
    if not os.path.isdir(folder.paths.code):
        return "there"
    return f"in {_near(folder.paths.code)}, the copy that these trials run,"


def _show_table(folder: SweepFolder, whole: Table) -> None:
    table = tables.telling(whole)
    with suppress(BrokenPipeError):  # whoever read the table has gone; how it ended is said all the same
        tables.show(table.top(_ROWS), keep=metric_column(table, folder.settings.results.metric))
    more = len(table.rows) - _ROWS
    if more > 0:
        say(f"and {more} more: cvsweep results {reference(folder.paths.folder)}")


def _show_failures(folder: SweepFolder, state: State) -> None:
    groups = alike(state)
    for group in groups[:_ERRORS]:
        _show_failure(folder, group)
    rest = [one.trial.index for group in groups[_ERRORS:] for one in group]
    if rest:
        say(f"{indexes(rest)} failed in other ways: cvsweep results {reference(folder.paths.folder)}")


def _show_warnings(folder: SweepFolder, state: State) -> None:
    lines, left_out = warnings(state)
    for line in lines:
        say(escape(line))
    if left_out:
        say(f"and {left_out} more: cvsweep results {reference(folder.paths.folder)} --columns trial,warning")


def _show_failure(folder: SweepFolder, group: list[TrialState]) -> None:
    first, outcome = group[0], group[0].outcome
    if outcome is None:
        return
    error = escape(outcome.error)
    say(f"{indexes(one.trial.index for one in group)} failed ({outcome.cause}): {error}")
    attempt = Attempt(first.trial.index, first.number)
    lines = last_lines(attempts.read_log_tail(folder.paths, first.trial, attempt), _LINES)
    if lines and lines != [error]:
        say(f"  the log of trial {first.trial.index} ends:" if len(group) > 1 else "  its log ends:")
        for line in lines:
            say(f"  | {line}")


def _near(path: str) -> str:
    """The path from here where it is below, else the whole path."""
    here = os.path.relpath(path)
    return path if here.startswith("..") else here
