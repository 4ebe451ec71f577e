"""The summary that a run prints when it ends: the table, failures, paths, and what to do next."""

from __future__ import annotations

import os
from contextlib import suppress

from sweeper.app.metric_hints import assumed, metric_trouble, no_metrics
from sweeper.app.sweep_argument import sweep_argument
from sweeper.app.table import best_first
from sweeper.cli import tables
from sweeper.cli.common import say
from sweeper.cli.pauses import pause_words
from sweeper.core import standing
from sweeper.core.edits import edit_notes
from sweeper.core.failures import grouped_by_error, warnings
from sweeper.core.formatting import counted, escape, indexes, last_lines
from sweeper.core.model import Attempt, Status
from sweeper.core.standing import pause_of
from sweeper.core.state import State, TrialState
from sweeper.results.query import metric_column
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
    """Say how the sweep ended, and return the exit code."""
    table = best_first(folder, state)
    if any(one.outcome for one in state.trials):
        _show_table(folder, table)
    _show_failures(folder, state)
    for changed in edit_notes(state):
        say(changed)
    _show_warnings(folder, state)
    if trouble := no_metrics(folder, state) or metric_trouble(folder, state):
        say(trouble)
    for line in assumed(folder.settings.results, state):
        say(escape(line))
    if paused := pause_of(state.counts, state.paused):
        say(f"paused: {escape(pause_words(state, paused))}")
    if state.paused and not state.fatal:
        say(_FROZEN.format(where=_where_code_lies(folder)))
    say(f"{counted(state.counts)}; everything is in {_near(folder.paths.folder)}")
    say(f"next: {next_command(folder, state)}")
    return exit_code(state)


def exit_code(state: State) -> int:
    """Return 0 if every trial completed, else 1."""
    return 0 if state.counts[Status.COMPLETED] == len(state.trials) else 1


def next_command(folder: SweepFolder, state: State) -> str:
    """Return the most useful next command for this end of the sweep."""
    name = sweep_argument(folder.paths.folder)
    if not standing.is_over(state.counts):
        return f"cvsweep resume {name}"
    if state.failures:
        return f"cvsweep logs {name} {grouped_by_error(state)[0][0].trial.index}, then cvsweep retry {name}"
    cancelled = [str(one.trial.index) for one in state.trials if one.status is Status.CANCELLED]
    if cancelled:
        some = " ".join(cancelled[:3]) + (" …" if len(cancelled) > 3 else "")
        return f"cvsweep retry {name} {some}, to run what was cancelled after all"
    return f"cvsweep results {name} -o csv"


def _where_code_lies(folder: SweepFolder) -> str:
    """Return where the files are that the trials run: the project's own, or the sweep's copy of them."""
    if not os.path.isdir(folder.paths.code):
        return "there"
    return f"in {_near(folder.paths.code)}, the copy that these trials run,"


def _show_table(folder: SweepFolder, whole: Table) -> None:
    table = tables.informative(whole)
    with suppress(BrokenPipeError):  # the reader of the table has gone; the rest is still printed
        tables.show(table.top(_ROWS), keep=metric_column(table, folder.settings.results.metric))
    more = len(table.rows) - _ROWS
    if more > 0:
        say(f"and {more} more: cvsweep results {sweep_argument(folder.paths.folder)}")


def _show_failures(folder: SweepFolder, state: State) -> None:
    groups = grouped_by_error(state)
    for group in groups[:_ERRORS]:
        _show_failure(folder, group)
    rest = [one.trial.index for group in groups[_ERRORS:] for one in group]
    if rest:
        say(f"{indexes(rest)} failed in other ways: cvsweep results {sweep_argument(folder.paths.folder)}")


def _show_warnings(folder: SweepFolder, state: State) -> None:
    lines, left_out = warnings(state)
    for line in lines:
        say(escape(line))
    if left_out:
        name = sweep_argument(folder.paths.folder)
        say(f"and {left_out} more: cvsweep results {name} --columns trial,warning")


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
    """Return the relative path if it is below the current folder, else the path unchanged."""
    here = os.path.relpath(path)
    return path if here.startswith("..") else here
