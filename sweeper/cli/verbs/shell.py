"""`cvsweep shell`: a shell, or a command, in the environment of a trial."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from sweeper import clusters
from sweeper.cli.common import one_trial, say
from sweeper.cli.console import OwnConsole
from sweeper.cli.parsers.shell import make_parser
from sweeper.cli.printing import printing
from sweeper.clusters.abilities import HasShell
from sweeper.core.errors import UsageError
from sweeper.core.model import Attempt
from sweeper.core.state import State

if TYPE_CHECKING:
    from sweeper.core.model import Trial
    from sweeper.store.folder import SweepFolder

Place = Callable[[str], str]


def main(argv: list[str]) -> int:
    """Open the shell or run the command; return its exit code."""
    words, command = _split(argv)
    given = make_parser().parse_intermixed_args(words)
    folder, state, trial = one_trial(given.sweep, given.trial, given.root)
    if clusters.of(folder.settings.cluster).runs_here:
        return _here(folder, state, trial, command)
    return _there(folder, state, trial, command)


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split the arguments into our own and the command after `--`."""
    at = argv.index("--") if "--" in argv else len(argv)
    return list(argv[:at]), list(argv[at + 1 :])


def _there(folder: SweepFolder, state: State, trial: Trial, command: Sequence[str]) -> int:
    kind = clusters.of(folder.settings.cluster)
    if not isinstance(kind, HasShell):
        raise UsageError(f"the cluster {kind.name} has no shell; what its trials leave is in their folders")
    attempt = _latest(state, trial)
    live = state.live.get(attempt)
    if live is None:
        raise UsageError(
            f"trial {trial.index} is not running: it is {state.trials[trial.index].status};"
            f" a shell needs a {kind.unit} that runs"
        )
    from sweeper.app.contexts import context_of, place_of
    from sweeper.app.owners import cluster_for_reader

    cluster = cluster_for_reader(folder, printing())
    assert isinstance(cluster, HasShell)

    def variables() -> dict[str, str]:
        there = cluster.located(place_of(folder)).path_inside(folder.paths.folder)
        return _variables(folder, trial, attempt, lambda path: there + path.removeprefix(folder.paths.folder))

    with closing(cluster):
        return cluster.shell(
            context_of(folder, printing()), attempt, live.uid, variables, command, OwnConsole()
        )


def _here(folder: SweepFolder, state: State, trial: Trial, command: Sequence[str]) -> int:
    attempt = _latest(state, trial)
    if attempt not in state.live:
        say(f"trial {trial.index} is {state.trials[trial.index].status}; this is what it left")
    variables = _variables(folder, trial, attempt, lambda path: path)
    words = list(command) or [os.environ.get("SHELL") or "sh"]
    try:
        os.chdir(variables["CVSWEEP_OUT"])
    except OSError as error:
        raise UsageError(f"{variables['CVSWEEP_OUT']} cannot be entered: {error.strerror}") from error
    try:
        os.execvpe(words[0], words, _without_claim(os.environ) | variables)
    except OSError as error:
        raise UsageError(f"{words[0]} cannot be run: {error.strerror}") from error


def _without_claim(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the claim, so that the shell does not count as part of an attempt."""
    return {name: value for name, value in environment.items() if name != "CVSWEEP_CLAIM"}


def _latest(state: State, trial: Trial) -> Attempt:
    one = state.trials[trial.index]
    if not one.number:
        raise UsageError(f"trial {trial.index} has not started yet; it is {one.status}")
    return Attempt(trial.index, one.number)


def _variables(folder: SweepFolder, trial: Trial, attempt: Attempt, place: Place) -> dict[str, str]:
    """Return the environment variables of the attempt's program (see shim.sh and core/script.py)."""
    paths = folder.paths.trial(trial)
    return {
        "CVSWEEP_SWEEP": folder.paths.name,
        "CVSWEEP_TRIAL": str(trial.index),
        "CVSWEEP_ATTEMPT": str(attempt.number),
        "CVSWEEP_CODE": folder.manifest.start,
        "CVSWEEP_TRIAL_DIR": place(paths.folder),
        "CVSWEEP_OUT": place(paths.attempt(attempt)),
        "CVSWEEP_CHECKPOINT_DIR": place(paths.checkpoints),
        "CVSWEEP_PARAMS": place(paths.params),
    }
