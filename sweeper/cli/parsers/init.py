"""The options of `cvsweep init`."""

from __future__ import annotations

import argparse
from pathlib import Path

from sweeper.cli.common import verb_parser

_EXAMPLES = """\
examples:
  cvsweep init                 in this folder
  cvsweep init my-project      in a new one
then: cvsweep -m lr=1e-2,1e-3

It writes configs/ (change these), experiments/ (a program to try) and .gitignore, and nothing
at all where one of these files exists already. A .gitignore that is there is left as it is.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("init", "Write a small project that runs at once.", _EXAMPLES)
    parser.add_argument(
        "dir", nargs="?", type=Path, default=Path(), metavar="DIR", help="default: this folder"
    )
    return parser
