"""`cvsweep shell`: a shell where a trial runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from sweeper.cli.common import one_trial, say
from sweeper.cli.parsers.shell import make_parser
from sweeper.core.cluster import KubernetesSettings
from sweeper.core.errors import BackendError, UsageError
from sweeper.core.model import Attempt
from sweeper.core.state import State

if TYPE_CHECKING:
    from sweeper.core.model import Trial
    from sweeper.store.folder import SweepFolder

Place = Callable[[str], str]


def main(argv: list[str]) -> int:
    """Open the shell; its exit code is ours."""
    words, command = _split(argv)
    given = make_parser().parse_intermixed_args(words)
    folder, state, trial = one_trial(given.sweep, given.trial, given.root)
    if isinstance(folder.settings.cluster, KubernetesSettings):
        return _in_pod(folder, state, trial, command)
    return _here(folder, state, trial, command)


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our own words, and the command behind `--`."""
    at = argv.index("--") if "--" in argv else len(argv)
    return list(argv[:at]), list(argv[at + 1 :])


def _in_pod(folder: SweepFolder, state: State, trial: Trial, command: Sequence[str]) -> int:
    attempt = _latest(state, trial)
    live = state.live.get(attempt)
    if live is None:
        raise UsageError(
            f"trial {trial.index} is not running: it is {state.trials[trial.index].status};"
            " a shell needs a pod that runs"
        )
    if not live.uid:
        raise UsageError(f"trial {trial.index} has no pod yet; wait until it runs")
    from sweeper.backends.kubernetes.server import inside, terminal
    from sweeper.cli import pods

    with closing(pods.Pods(folder)) as access:
        name = access.name(attempt)
        pod = access.find(attempt, live.uid)
        if pod is None:
            raise BackendError(f"the pod of trial {trial.index}, {name}, is not there any more")
        if not pods.runs(pod):
            standing = pods.standing(pod)
            raise UsageError(f"the pod of trial {trial.index}, {name}, does not run: it is {standing}")
        there = access.inside(folder.paths.folder)

        def place(path: str) -> str:
            return there + path.removeprefix(folder.paths.folder)

        variables = _variables(folder, trial, attempt, place)
        words = inside.entering(variables["CVSWEEP_OUT"], variables, command or inside.SHELL)
        return terminal.run(access.api, name, pods.CONTAINER, words)


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
    """Whoever looks around is no process of an attempt, even when started from within one."""
    return {name: value for name, value in environment.items() if name != "CVSWEEP_CLAIM"}


def _latest(state: State, trial: Trial) -> Attempt:
    one = state.trials[trial.index]
    if not one.number:
        raise UsageError(f"trial {trial.index} has not started yet; it is {one.status}")
    return Attempt(trial.index, one.number)


def _variables(folder: SweepFolder, trial: Trial, attempt: Attempt, place: Place) -> dict[str, str]:
    """What the attempt's program finds in its environment (see shim.sh and core/script.py)."""
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
