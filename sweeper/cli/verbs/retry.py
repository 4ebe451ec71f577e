"""cvsweep retry: try failed trials again, or cancelled and completed ones."""

from __future__ import annotations

from functools import partial

from sweeper.app.environments import check_environment
from sweeper.app.introducing import introduce_again
from sweeper.app.moved import check_code
from sweeper.app.requests import grant, take_or_wait
from sweeper.app.retry import chosen_trials, kinds_of
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.chosen import sweep_and_trials
from sweeper.cli.common import say
from sweeper.cli.controller import control
from sweeper.cli.detach import detach
from sweeper.cli.parsers.retry import make_parser
from sweeper.cli.printing import printing
from sweeper.core.formatting import indexes
from sweeper.core.standing import is_over
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def main(argv: list[str]) -> int:
    """Put trials back into the queue, and run them if no controller is alive; return the exit code."""
    arguments = make_parser().parse_intermixed_args(argv)
    folder, state, trials = sweep_and_trials(arguments.words, arguments.root)
    completed: bool = arguments.completed
    kinds = kinds_of(trials, failed=arguments.failed, cancelled=arguments.cancelled, completed=completed)
    chosen = chosen_trials(state, trials or (), kinds, completed=completed)
    if not chosen:
        say(f"{folder.name}: no trial is {' or '.join(kinds)}; there is nothing to try again")
        if not is_over(state.counts) and not folder.is_held():
            say(f"next: cvsweep resume {sweep_argument(folder.paths.folder)}, for the trials that are left")
        return 0
    if not folder.is_held():
        check_code(folder)
        check_environment(folder, printing())  # before the request is written
    say(f"{folder.name}: {indexes(chosen)} will be tried again")
    request = new_request("retry", chosen, completed=completed)
    run = partial(_run, folder, in_background=arguments.detach)
    code = None if grant(folder, request) else take_or_wait(folder, request, run)
    if code is None:
        say(f"its controller goes on; watch it with: cvsweep status -w {sweep_argument(folder.paths.folder)}")
    return code or 0


def _run(folder: SweepFolder, *, in_background: bool) -> int:
    if in_background:
        return detach(folder)
    introduce_again(folder, printing())
    return control(folder)
