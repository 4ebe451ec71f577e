"""The options of `cvsweep rm`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep rm NAME OTHER     show what would go, ask, and remove both folders
  cvsweep rm NAME -y        without asking, in a script

Refused while a controller lives or trials may still run, and for sweeps of
others. Links in the folder are removed; what they lead to is left alone. If it is
killed, the next run or rm there goes on with it. Only checkpoints: cvsweep clean.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("rm", "Remove sweeps: their folders, with everything in them.", _EPILOG)
    parser.add_argument("sweeps", nargs="+", metavar="SWEEP", help="names or paths")
    add_root_option(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    return parser
