"""The options of `cvsweep shell`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, add_trial_arguments, verb_parser

_EXAMPLES = """\
examples:
  cvsweep shell 3                      in trial 3 of the newest sweep; leave it with Ctrl-D
  cvsweep shell digits-x 3             of another sweep
  cvsweep shell 3 -- nvidia-smi        run this instead; its exit code is ours
  cvsweep shell 3 -- sh -c 'tail "$CVSWEEP_OUT"/*.csv'

On a cluster it opens in the pod of the running trial, as the user whom the trial runs as; what it
starts ends with the pod. On this machine it opens beside the trial. Either way it begins in the
attempt's folder, and $CVSWEEP_OUT, $CVSWEEP_CHECKPOINT_DIR, ... say what they say to the trial.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("shell", "A shell where a trial runs.", _EXAMPLES)
    parser.usage = "cvsweep shell [-h] [--root ROOT] [SWEEP] TRIAL [-- COMMAND ...]"
    add_trial_arguments(parser)
    add_root_option(parser)
    return parser
