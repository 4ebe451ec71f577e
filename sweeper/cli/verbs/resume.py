"""cvsweep resume: go on after an interruption, a crash or a pause."""

from __future__ import annotations

from sweeper.cli.common import add_sweep_argument, find_sweep, say, verb_parser
from sweeper.cli.controller import control, introduce
from sweeper.cli.detach import detach
from sweeper.cli.ending import is_over
from sweeper.cli.environments import check_environment, kept_here

_EPILOG = """\
examples:
  cvsweep resume                 the newest sweep
  cvsweep resume --detach NAME   in the background

Finished trials stay as they are, running ones are taken over, all others run.
It does no harm where nothing is left to do: it shows the table.
"""


def main(argv: list[str]) -> int:
    """Become the sweep's controller; return the exit code."""
    parser = verb_parser("resume", "Go on with a sweep after an interruption, a crash or a pause.", _EPILOG)
    add_sweep_argument(parser)
    parser.add_argument("-d", "--detach", action="store_true", help="go on in the background")
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="take the sweep from a controller that hangs; should it wake up, it notices and leaves",
    )
    parser.add_argument(
        "--gone",
        action="append",
        default=[],
        metavar="HOST",
        help="that machine is no more, and all that ran on it: run it again here",
    )
    parser.add_argument(
        "--this-environment",
        action="store_true",
        help="run the remaining trials with the Python and the environment of this shell, not with those"
        " that the sweep was made with",
    )
    arguments = parser.parse_args(argv)
    folder = find_sweep(arguments.sweep, arguments.root)
    if not arguments.take_over:
        folder.refuse_if_held()
    here = kept_here(folder.settings) if arguments.this_environment else None
    if here is None and not is_over(folder.state()):
        check_environment(folder)
    if arguments.detach:
        return detach(
            folder,
            take_over=arguments.take_over,
            gone=arguments.gone,
            this_environment=arguments.this_environment,
        )
    say(f"{folder.name}: taking it up where it stands")
    introduce(folder)
    return control(folder, by_force=arguments.take_over, gone=arguments.gone, environment=here)
