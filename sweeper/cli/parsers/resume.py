"""The options of `cvsweep resume`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_sweep_argument, verb_parser

_EPILOG = """\
examples:
  cvsweep resume                 the newest sweep
  cvsweep resume --detach NAME   in the background

Finished trials stay as they are, running ones are taken over, all others run.
It does no harm where nothing is left to do: it shows the table.
"""


def make_parser() -> argparse.ArgumentParser:
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
    parser.add_argument(
        "--code",
        metavar="DIR",
        help="the project has moved, and is in this folder now; later resumes know it",
    )
    return parser
