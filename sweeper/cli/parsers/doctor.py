"""The options of `cvsweep doctor`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import verb_parser
from sweeper.cli.composing import add_override_arguments

_EXAMPLES = """\
examples:
  cvsweep doctor                        for a run with the project's own configuration
  cvsweep doctor cluster=cvlab          for one on the lab's cluster
  cvsweep doctor cluster=cvlab cluster.probe=false     without the small pod that looks at the volume
  cvsweep doctor -o json cluster=cvlab | jq -r '.[] | select(.level != "ok") | .said'

It takes the words of a run, and starts no trial. Nothing that it makes stays.
exit code: 0 where a run could work, 3 where it could not, 2 where the configuration is wrong
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("doctor", "Look at everything that a run would need.", _EXAMPLES)
    add_override_arguments(parser)
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table", help="default: table")
    return parser
