"""The options of `cvsweep ls`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EXAMPLES = """\
examples:
  cvsweep ls
  cvsweep ls -o json | jq -r '.[] | select(.state != "finished") | .name'
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser(
        "ls", "All sweeps, newest first: their trials, their best result, who sees to them.", _EXAMPLES
    )
    add_root_option(parser)
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table", help="default: table")
    return parser
