"""The options of `cvsweep rename`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep rename digits-x baseline

The folder stays where it is, under another name. Refused while a controller lives
or trials may still run.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("rename", "Give a sweep another name.", _EPILOG)
    parser.add_argument("sweep", metavar="SWEEP", help="a name or a path")
    parser.add_argument("name", metavar="NEWNAME", help="letters, digits, '.', '_' and '-'")
    add_root_option(parser)
    return parser
