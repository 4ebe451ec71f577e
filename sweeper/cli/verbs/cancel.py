"""cvsweep cancel: end what runs, drop what waits."""

from __future__ import annotations

from collections.abc import Sequence

from sweeper.cli.common import add_root_option, say, verb_parser
from sweeper.cli.controller import cancel
from sweeper.cli.wishes import grant, sweep_and_trials
from sweeper.cli.words import reference
from sweeper.core.errors import SweepHeldError
from sweeper.core.state import ENDS, State
from sweeper.core.words import counted, indexes
from sweeper.store.requests import new_request

_EPILOG = """\
examples:
  cvsweep cancel                 the newest sweep, all of it
  cvsweep cancel NAME 3 5        trials 3 and 5 of sweep NAME

A running trial gets TERM first, and KILL after cluster.grace seconds. What has
completed stays; `cvsweep retry SWEEP TRIAL` runs a cancelled trial after all.
TRIAL is an index, a span of indexes (5-8), or the start of a key (as in its
folder's name).
"""


def main(argv: list[str]) -> int:
    """Cancel a sweep or some of its trials; return the exit code."""
    parser = verb_parser("cancel", "End the running trials of a sweep and drop those that wait.", _EPILOG)
    parser.add_argument(
        "words", nargs="*", metavar="[SWEEP] TRIAL", help="trials; left out: all of the sweep"
    )
    add_root_option(parser)
    arguments = parser.parse_intermixed_args(argv)
    folder, state, trials = sweep_and_trials(arguments.words, arguments.root)
    name = reference(folder.paths.folder)
    open_ones = _open_ones(state, trials)
    if not open_ones:
        what = "everything" if trials is None else indexes(trials)
        say(f"{folder.name}: there is nothing to cancel; {what} ended already")
        return 0
    if grant(folder, new_request("cancel", trials)):
        say(f"{folder.name}: its controller ends {indexes(open_ones)}")
        say(f"watch it with: cvsweep status -w {name}")
        return 0
    try:
        state = cancel(folder)
    except SweepHeldError as error:  # whoever controls the sweep finds the wish in its folder
        say(f"{error}; it will grant this")
        return 0
    say(f"{folder.name}: {counted(state.counts)}")
    say(f"run what was cancelled after all with: cvsweep retry --cancelled {name}")
    return 0


def _open_ones(state: State, trials: Sequence[int] | None) -> list[int]:
    """Those of the trials that have not come to an end."""
    chosen = range(len(state.trials)) if trials is None else trials
    return [index for index in chosen if state.trials[index].status not in ENDS]
