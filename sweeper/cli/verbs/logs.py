"""`cvsweep logs`: the output of a trial, byte for byte."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sweeper import clusters
from sweeper.cli.common import one_trial, say
from sweeper.cli.follow import copy, end_of, follow, rest
from sweeper.cli.parsers.logs import make_parser
from sweeper.cli.printing import printing
from sweeper.clusters.abilities import HasLogs
from sweeper.clusters.base import SweepContext
from sweeper.clusters.shown import Shown
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.core.launch_requests import requested_attempts
from sweeper.core.model import Attempt
from sweeper.core.state import State
from sweeper.store import attempts
from sweeper.store.folder import SweepFolder


def main(argv: list[str]) -> int:
    """Print the log, with -f until the attempt has ended; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    folder, state, trial = one_trial(given.sweep, given.trial, given.root)
    attempt = _attempt(state, trial.index, given.attempt)
    path = attempts.log_path(folder.paths, trial, attempt)
    if given.follow and attempt in state.live:
        return _follow(folder, path, attempt, state.live[attempt].uid)
    if not copy(path):
        if not _copy_from_cluster(folder, attempt):
            say(_nothing(folder, state, attempt))
    elif not os.path.getsize(path):
        say(f"attempt {attempt.number} of trial {attempt.trial} in {folder.name} has printed nothing")
    return 0


def _attempt(state: State, index: int, wanted: int | None) -> Attempt:
    last = state.trials[index].number
    if not last:
        raise UsageError(f"trial {index} has not started yet; it is {state.trials[index].status}")
    number = last if wanted is None else wanted
    if not 1 <= number <= last:
        raise UsageError(f"trial {index} has no attempt {number}; its latest is {last}")
    return Attempt(index, number)


def _follow(folder: SweepFolder, path: str, attempt: Attempt, uid: str) -> int:
    """Print the log as the cluster streams it; print what the stream lacks from the log file."""
    if not isinstance(clusters.of(folder.settings.cluster), HasLogs):
        return follow(folder, path, attempt)
    shown = Shown(_write, say)
    try:
        with _reached(folder) as (cluster, context):
            if cluster.follow_log(context, attempt, uid, shown, end_of(folder, attempt)):
                rest(path, shown.seek_exactly)  # the stream may lose the last lines of a deleted pod
                return 0
    except CvsweepError as error:
        say(f"{error}; following the file, which may show things late")
    return follow(folder, path, attempt, shown.seek if shown.count else None)


def _copy_from_cluster(folder: SweepFolder, attempt: Attempt) -> bool:
    """Print the log that the cluster has kept; return False if there is none."""
    if not isinstance(clusters.of(folder.settings.cluster), HasLogs):
        return False
    shown = Shown(_write, say)
    try:
        uid = requested_attempts(folder.read().records).get(attempt, "")
        with _reached(folder) as (cluster, context):
            cluster.copy_log(context, attempt, uid, shown)
    except CvsweepError as error:
        say(str(error))
        return False
    return shown.count > 0


@contextmanager
def _reached(folder: SweepFolder) -> Iterator[tuple[HasLogs, SweepContext]]:
    from sweeper.app.contexts import context_of  # only now: most logs are read from the folder alone
    from sweeper.app.owners import cluster_for_reader

    with closing(cluster_for_reader(folder, printing())) as cluster:
        assert isinstance(cluster, HasLogs)
        yield cluster, context_of(folder, printing())


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _nothing(folder: SweepFolder, state: State, attempt: Attempt) -> str:
    name = f"attempt {attempt.number} of trial {attempt.trial} in {folder.name}"
    return f"{name} is about to start" if attempt in state.live else f"{name} left no log"
