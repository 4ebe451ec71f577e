"""The options of `cvsweep retry`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep retry              all failed trials of the newest sweep
  cvsweep retry NAME 3 5     trials 3 and 5 of sweep NAME, failed or cancelled
  cvsweep retry --cancelled  all cancelled trials
  cvsweep retry NAME 3 --completed    trial 3, although it has completed

They get their whole retry budget again, and keep their checkpoints. Where no
controller lives, this command becomes it and goes on with the whole sweep.

A completed trial that runs again has no result until it ends, and then the new
one counts; a program that goes on from its last checkpoint may have nothing left
to do. To read again what trials have left, without running: cvsweep collect.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("retry", "Run trials again that failed, were cancelled, or have completed.", _EPILOG)
    parser.add_argument("words", nargs="*", metavar="[SWEEP] TRIAL", help="trials; left out: all failed ones")
    parser.add_argument("--failed", action="store_true", help="all failed trials (as with no TRIAL)")
    parser.add_argument("--cancelled", action="store_true", help="all cancelled trials")
    parser.add_argument(
        "--completed",
        action="store_true",
        help="the named TRIALs also if they have completed; with no TRIAL, all completed trials",
    )
    parser.add_argument("-d", "--detach", action="store_true", help="go on in the background")
    add_root_option(parser)
    return parser
