"""The options of `cvsweep diagnose`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_attempt_option, add_root_option, add_trial_arguments, verb_parser

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
    add_trial_arguments(parser)
    add_attempt_option(parser)
    parser.add_argument("--file", metavar="FILE", help="default: diagnose-SWEEP-TRIAL.txt here; -: print it")
    add_root_option(parser)
    return parser
