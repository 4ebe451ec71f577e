"""`cvsweep logs`: what a trial printed, byte for byte."""

from __future__ import annotations

import argparse
import os

from sweeper.cli.common import add_root_option, find_sweep, find_trial, say, verb_parser
from sweeper.cli.follow import copy, follow
from sweeper.core.cluster import KubernetesSettings
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt
from sweeper.core.state import State
from sweeper.store import attempts
from sweeper.store.folder import SweepFolder

_EXAMPLES = """\
examples:
  cvsweep logs 3                     trial 3 of the newest sweep, its latest attempt
  cvsweep logs digits-x 3            of another sweep
  cvsweep logs digits-x 3 --attempt 1
  cvsweep logs -f 3                  keep printing until the attempt ends
A trial is named by its index, or by the first letters of its key (as in its folder's name).

On a cluster, -f shows what the pod prints, before the shared volume shows it: all that its container
has printed since the node last began a new log (at 10 MB, mostly), its set-up included. Where the pod
cannot be read, or is gone, it is the file that is followed; the file is whole, without the set-up.
"""


def main(argv: list[str]) -> int:
    """Print the log; with -f until the attempt has ended."""
    given = _parse(argv)
    folder = find_sweep(given.sweep, given.root)
    state = folder.state()
    trial = find_trial(state, given.trial)
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


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = verb_parser("logs", "What a trial printed: its output and its errors.", _EXAMPLES)
    parser.add_argument("sweep", nargs="?", metavar="SWEEP", help="a name or a path; left out: the newest")
    parser.add_argument("trial", metavar="TRIAL", help="an index, or the start of a key")
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing until the attempt ends")
    parser.add_argument("--attempt", type=int, metavar="N", help="default: the latest")
    add_root_option(parser)
    return parser.parse_intermixed_args(argv)


def _attempt(state: State, index: int, wanted: int | None) -> Attempt:
    last = state.trials[index].number
    if not last:
        raise UsageError(f"trial {index} has not started yet; it is {state.trials[index].status}")
    number = last if wanted is None else wanted
    if not 1 <= number <= last:
        raise UsageError(f"trial {index} has no attempt {number}; its latest is {last}")
    return Attempt(index, number)


def _follow(folder: SweepFolder, path: str, attempt: Attempt, uid: str) -> int:
    if not isinstance(folder.settings.cluster, KubernetesSettings):
        return follow(folder, path, attempt)
    from sweeper.cli.podlog import follow_pod  # only now: it imports the Kubernetes client

    return follow_pod(folder, path, attempt, uid)


def _copy_from_pod(folder: SweepFolder, attempt: Attempt) -> bool:
    if not isinstance(folder.settings.cluster, KubernetesSettings):
        return False
    from sweeper.cli.podlog import copy_pod

    return copy_pod(folder, attempt)


def _nothing(folder: SweepFolder, state: State, attempt: Attempt) -> str:
    name = f"attempt {attempt.number} of trial {attempt.trial} in {folder.name}"
    return f"{name} is about to start" if attempt in state.live else f"{name} left no log"
