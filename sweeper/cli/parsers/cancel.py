"""The options of `cvsweep cancel`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep cancel                 the newest sweep, all of it
  cvsweep cancel NAME 3 5        trials 3 and 5 of sweep NAME

A running trial gets TERM first, and KILL after cluster.grace seconds. What has
completed stays; `cvsweep retry SWEEP TRIAL` runs a cancelled trial after all.
TRIAL is an index, a span of indexes (5-8), or the start of a key (as in its
folder's name).
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("cancel", "End the running trials of a sweep and drop those that wait.", _EPILOG)
    parser.add_argument(
        "words", nargs="*", metavar="[SWEEP] TRIAL", help="trials; left out: all of the sweep"
    )
    add_root_option(parser)
    return parser
