"""The options of `cvsweep status`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_sweep_argument, verb_parser

_EXAMPLES = """\
examples:
  cvsweep status                  the newest sweep, once
  cvsweep status -w digits-x      keep looking until it ends (Ctrl-C stops looking, not the sweep)
  cvsweep status -o json          for a script: counts, running, failures, controller, ...

exit code: 0 however the trials fare; 2 where there is no such sweep, 3 where it cannot be read
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("status", "How far a sweep is, and whether somebody sees to it.", _EXAMPLES)
    add_sweep_argument(parser)
    parser.add_argument(
        "-w", "--watch", action="store_true", help="keep looking, every second, until it ends"
    )
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="default: text")
    return parser
