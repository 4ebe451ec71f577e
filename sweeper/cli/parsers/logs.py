"""The options of `cvsweep logs`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_attempt_option, add_root_option, add_trial_arguments, verb_parser

_EXAMPLES = """\
examples:
  cvsweep logs 3                     trial 3 of the newest sweep, its latest attempt
  cvsweep logs digits-x 3            of another sweep
  cvsweep logs digits-x 3 --attempt 1
  cvsweep logs -f 3                  keep printing until the attempt ends
A trial is named by its index, or by the first letters of its key (as in its folder's name).

On a cluster, -f shows what the pod prints, before the shared volume shows it: all that its container
has printed since the node last began a new log (at 10 MB, mostly), its set-up included. Where the pod
cannot be read, or is gone, it is the file that is followed; the file is whole, without the set-up.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("logs", "What a trial printed: its output and its errors.", _EXAMPLES)
    add_trial_arguments(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing until the attempt ends")
    add_attempt_option(parser)
    add_root_option(parser)
    return parser
