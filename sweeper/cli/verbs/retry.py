"""cvsweep retry: try failed trials again, or cancelled and completed ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sweeper.app.controller import introduce
from sweeper.app.environments import check_environment
from sweeper.app.moved import check_code
from sweeper.app.reference import reference
from sweeper.app.requests import grant, take_or_wait
from sweeper.cli.chosen import sweep_and_trials
from sweeper.cli.common import say
from sweeper.cli.controller import control
from sweeper.cli.detach import detach
from sweeper.cli.parsers.retry import make_parser
from sweeper.cli.printing import printing
from sweeper.core.errors import UsageError
from sweeper.core.model import Status
from sweeper.core.standing import is_over
from sweeper.core.state import State
from sweeper.core.words import indexes
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def main(argv: list[str]) -> int:
    """Put trials back into the queue, and run them where no controller lives; return the exit code."""
    arguments = make_parser().parse_intermixed_args(argv)
    folder, state, trials = sweep_and_trials(arguments.words, arguments.root)
    completed: bool = arguments.completed
    kinds = _kinds(trials, failed=arguments.failed, cancelled=arguments.cancelled, completed=completed)
    _refuse_what_cannot(state, trials or (), completed=completed)
    chosen = tuple(sorted({*(trials or ()), *(n.trial.index for n in state.trials if n.status in kinds)}))
    if not chosen:
        say(f"{folder.name}: no trial is {' or '.join(kinds)}; there is nothing to try again")
        if not is_over(state.counts) and not folder.is_held():
            say(f"next: cvsweep resume {reference(folder.paths.folder)}, for the trials that are left")
        return 0
    if not folder.is_held():
        check_code(folder)
        check_environment(folder, printing())  # before anything is asked for
    say(f"{folder.name}: {indexes(chosen)} will be tried again")
    request = new_request("retry", chosen, completed=completed)
    run = partial(_run, folder, in_background=arguments.detach)
    code = None if grant(folder, request) else take_or_wait(folder, request, run)
    if code is None:
        say(f"its controller goes on; watch it with: cvsweep status -w {reference(folder.paths.folder)}")
    return code or 0


def _run(folder: SweepFolder, *, in_background: bool) -> int:
    if in_background:
        return detach(folder)
    introduce(folder, printing())
    return control(folder)


def _kinds(trials: Sequence[int] | None, *, failed: bool, cancelled: bool, completed: bool) -> list[Status]:
    """The states of which all trials are meant.

    Next to named trials `--completed` only allows them: who names one does not mean all others as well.
    """
    everything = completed and not trials
    kinds = [Status.FAILED] if failed or not (cancelled or everything or trials) else []
    kinds += [Status.CANCELLED] if cancelled else []
    return [*kinds, Status.COMPLETED] if everything else kinds


def _refuse_what_cannot(state: State, trials: Sequence[int], *, completed: bool) -> None:
    can = (Status.FAILED, Status.CANCELLED, *((Status.COMPLETED,) if completed else ()))
    for index in trials:
        status = state.trials[index].status
        if status is Status.COMPLETED and not completed:
            raise UsageError(
                f"trial {index} is completed: to run it again all the same, add --completed; to read again"
                " what it left: cvsweep collect"
            )
        if status not in can:
            raise UsageError(f"trial {index} is {status}: only trials that have ended can be tried again")
