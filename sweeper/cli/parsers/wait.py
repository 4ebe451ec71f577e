"""The options of `cvsweep wait`."""

from __future__ import annotations

import argparse
import math

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep wait && cvsweep results -o csv > table.csv     the newest sweep
  cvsweep wait NAME OTHER --timeout 3600                 both, an hour at most

exit code: 0 all trials of all sweeps completed, 1 some did not or a sweep is
paused, 130 a sweep is not over (left alone by its controller, or out of time)
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("wait", "Wait until sweeps have ended, rest in a pause or were left alone.", _EPILOG)
    parser.add_argument("sweeps", nargs="*", metavar="SWEEP", help="names or paths; left out: the newest")
    add_root_option(parser)
    parser.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="wait no longer than this")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds
