"""The options of `cvsweep set`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep set cluster.max_parallel=4        the newest sweep, from now on, also while it runs
  cvsweep set NAME retry.budgets.oom=2 sweep.pause_after=0
  cvsweep set NAME results.metric=val_acc results.mode=max

What can change: cluster.max_parallel, and of pods cluster.max_gpus and
cluster.reserve; retry.*, sweep.pause_after, results.metric, results.mode and
results.required. What runs already goes on as it is.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("set", "Change settings of a sweep, also while it runs.", _EPILOG)
    parser.add_argument("words", nargs="*", metavar="[SWEEP] KEY=VALUE", help="settings, as in a run")
    add_root_option(parser)
    return parser
