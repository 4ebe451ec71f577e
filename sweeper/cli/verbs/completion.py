"""`cvsweep completion`: the script that makes a shell complete the command."""

from __future__ import annotations

import sys

from sweeper.cli.completion.scripts import script
from sweeper.cli.parsers.completion import make_parser


def main(argv: list[str]) -> int:
    """Print the script of a shell; return the exit code."""
    sys.stdout.write(script(make_parser().parse_args(argv).shell))
    return 0
