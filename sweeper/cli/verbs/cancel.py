"""cvsweep cancel: end what runs, drop what waits."""

from __future__ import annotations

from sweeper.cli.common import add_root_option, say, verb_parser
from sweeper.cli.controller import cancel
from sweeper.cli.wishes import grant, sweep_and_trials
from sweeper.cli.words import counted, reference
from sweeper.core.errors import SweepHeldError
from sweeper.core.state import State
from sweeper.store.requests import new_request

_EPILOG = """\
  cvsweep cancel                 the newest sweep, all of it
  cvsweep cancel NAME 3 5        trials 3 and 5 of sweep NAME

A running trial gets TERM first, and KILL after cluster.grace seconds. What has
completed stays; `cvsweep retry SWEEP TRIAL` runs a cancelled trial after all.
"""


def main(argv: list[str]) -> int:
    """Cancel a sweep or some of its trials; return the exit code."""
    parser = verb_parser("cancel", "End the running trials of a sweep and drop those that wait.", _EPILOG)
    parser.add_argument(
        "words", nargs="*", metavar="[SWEEP] TRIAL", help="trials; left out: all of the sweep"
    )
    add_root_option(parser)
    arguments = parser.parse_args(argv)
    folder, _, trials = sweep_and_trials(arguments.words, arguments.root)
    granted = grant(folder, new_request("cancel", trials))
    if granted:
        say(f"{folder.name}: its controller is ending them; watch it with: cvsweep status -w {folder.name}")
        return 0
    try:
        state = cancel(folder)
    except SweepHeldError:
        state = State().apply_all(folder.read().records)
    say(f"{folder.name}: {counted(state.counts)}")
    say(f"run what was cancelled after all with: cvsweep retry --cancelled {reference(folder.paths.folder)}")
    return 0
