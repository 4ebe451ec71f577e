"""The options of `cvsweep clean`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep clean --checkpoints NAME         show what would go, ask, and remove it
  cvsweep clean --checkpoints NAME --all   the best trial's checkpoints, too
  cvsweep clean --checkpoints NAME -y      without asking, in a script

Only of trials that have ended; the sweep may be running. Logs and recorded results stay; a trial that is
tried again afterwards begins anew, and a curve that lies in a checkpoints folder is gone with it.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("clean", "Remove the checkpoints of trials that have ended.", _EPILOG)
    parser.add_argument("sweeps", nargs="+", metavar="SWEEP", help="names or paths")
    parser.add_argument("--checkpoints", action="store_true", help="remove checkpoints")
    parser.add_argument("--all", action="store_true", help="those of the best trial, too")
    add_root_option(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    return parser
