"""cvsweep collect: read the results of ended trials again, without running anything."""

from __future__ import annotations

import os
from dataclasses import replace

from sweeper.app.collect import check_finds, check_metric, collect
from sweeper.app.metric_hints import metric_trouble, no_metrics
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.chosen import sweep_and_trials
from sweeper.cli.common import say
from sweeper.cli.parsers.collect import make_parser
from sweeper.cli.printing import printing
from sweeper.compose import read_results
from sweeper.core.collect import Changes, changes, collectable
from sweeper.core.formatting import escape, indexes
from sweeper.core.model import Status
from sweeper.core.standing import pause_of
from sweeper.core.state import State
from sweeper.results.readers import check_reader
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def main(argv: list[str]) -> int:
    """Read results again; return the exit code."""
    arguments = make_parser().parse_intermixed_args(argv)
    settings = [word for word in arguments.words if "=" in word and not os.path.exists(word)]
    names = [word for word in arguments.words if word not in settings]
    folder, before, trials = sweep_and_trials(names, arguments.root)
    given = read_results(settings, folder.settings.results)
    check_reader(replace(folder.settings.results, **given))
    if not given and not collectable(before, trials):
        which = "no trial of it" if trials is None else f"none of {indexes(trials)}"
        say(f"{folder.name}: {which} has ended well; there is nothing to read again")
        return _exit_code(before)
    known = len(folder.read().records)
    check_finds(folder, before, trials, given)
    check_metric(folder, before, trials, given)
    collect(folder, new_request("collect", trials, results=given), printing())
    records = folder.read().records
    after = State().apply_all(records)
    _say(SweepFolder(folder.paths.folder), changes(before, after, trials, records[known:]), after)
    return _exit_code(after)


def _say(folder: SweepFolder, found: Changes, after: State) -> None:
    name = sweep_argument(folder.paths.folder)
    for line in found.kept_lines():
        say(escape(line))
    if found.failed:
        say(f"{indexes(found.failed)} failed by it; to run what failed again: cvsweep retry {name}")
    if pause_of(after.counts, after.paused):
        say(f"the sweep is still paused; go on with: cvsweep resume {name}")
    hint = no_metrics(folder, after) or metric_trouble(folder, after)
    if hint:
        say(hint)
    say(f"{folder.name}: {found.line()}; see cvsweep results {name}")


def _exit_code(state: State) -> int:
    return 1 if state.counts[Status.FAILED] else 0
