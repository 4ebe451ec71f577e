"""cvsweep cancel: end running trials, drop waiting ones."""

from __future__ import annotations

from functools import partial

from sweeper.app.cancel import cancel, open_trials
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.chosen import sweep_and_trials
from sweeper.cli.common import say
from sweeper.cli.controller import control_cancelled
from sweeper.cli.parsers.cancel import make_parser
from sweeper.core.formatting import counted, indexes


def main(argv: list[str]) -> int:
    """Cancel a sweep or some of its trials; return the exit code."""
    arguments = make_parser().parse_intermixed_args(argv)
    folder, state, trials = sweep_and_trials(arguments.words, arguments.root)
    name = sweep_argument(folder.paths.folder)
    open_ones = open_trials(state, trials)
    if not open_ones:
        what = "everything" if trials is None else indexes(trials)
        say(f"{folder.name}: there is nothing to cancel; {what} ended already")
        return 0
    after = cancel(folder, trials, partial(control_cancelled, folder))
    if after is None:
        say(f"{folder.name}: its controller ends {indexes(open_ones)}")
        say(f"watch it with: cvsweep status -w {name}")
        return 0
    say(f"{folder.name}: {counted(after.counts)}")
    say(f"run what was cancelled after all with: cvsweep retry --cancelled {name}")
    return 0
