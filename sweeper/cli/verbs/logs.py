"""`cvsweep logs`: what a trial printed, byte for byte."""

from __future__ import annotations

import os

from sweeper import clusters
from sweeper.cli.common import one_trial, say
from sweeper.cli.follow import copy, follow
from sweeper.cli.parsers.logs import make_parser
from sweeper.core.asked import asked_for
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt
from sweeper.core.state import State
from sweeper.store import attempts
from sweeper.store.folder import SweepFolder


def main(argv: list[str]) -> int:
    """Print the log; with -f until the attempt has ended."""
    given = make_parser().parse_intermixed_args(argv)
    folder, state, trial = one_trial(given.sweep, given.trial, given.root)
    attempt = _attempt(state, trial.index, given.attempt)
    path = attempts.log_path(folder.paths, trial, attempt)
    if given.follow and attempt in state.live:
        return _follow(folder, path, attempt, state.live[attempt].uid)
    if not copy(path):
        if not _copy_from_pod(folder, attempt):
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
    if clusters.of(folder.settings.cluster).runs_here:
        return follow(folder, path, attempt)
    from sweeper.cli.podlog import follow_pod  # only now: it imports the Kubernetes client

    return follow_pod(folder, path, attempt, uid)


def _copy_from_pod(folder: SweepFolder, attempt: Attempt) -> bool:
    if clusters.of(folder.settings.cluster).runs_here:
        return False
    from sweeper.cli.podlog import copy_pod

    return copy_pod(folder, attempt, asked_for(folder.read().records).get(attempt, ""))


def _nothing(folder: SweepFolder, state: State, attempt: Attempt) -> str:
    name = f"attempt {attempt.number} of trial {attempt.trial} in {folder.name}"
    return f"{name} is about to start" if attempt in state.live else f"{name} left no log"
