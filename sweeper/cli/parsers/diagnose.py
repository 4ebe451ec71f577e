"""The options of `cvsweep diagnose`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser
from sweeper.core.digits import whole_number

_EXAMPLES = """\
examples:
  cvsweep diagnose 3                 trial 3 of the newest sweep, its latest attempt
  cvsweep diagnose digits-x 3        of another sweep
  cvsweep diagnose 3 --file -        print it

One file with all that an administrator asks for: what the sweep has recorded of the trial, its pod as
the cluster shows it (description, events, YAML), the quota at that moment, and the ends of the logs.
Of a pod that is gone, and of a trial on this machine, it has what the sweep's folder has. Secrets are
masked, as far as their values or names are known: look through it before you send it.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("diagnose", "All that is known of a trial, in one file.", _EXAMPLES)
    parser.add_argument("sweep", nargs="?", metavar="SWEEP", help="a name or a path; left out: the newest")
    parser.add_argument("trial", metavar="TRIAL", help="an index, or the start of a key")
    parser.add_argument("--attempt", type=_number, metavar="N", help="default: the latest")
    parser.add_argument("--file", metavar="FILE", help="default: diagnose-SWEEP-TRIAL.txt here; -: print it")
    add_root_option(parser)
    return parser


def _number(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an attempt, which are 1, 2, ...")
    return number
