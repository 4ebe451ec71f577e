"""The options of `cvsweep quota`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import verb_parser
from sweeper.cli.composing import add_override_arguments

_EXAMPLES = """\
examples:
  cvsweep quota                             in the namespace of the project's configuration
  cvsweep quota cluster=cvlab               of another one
  cvsweep quota cluster=cvlab --pods        and every GPU pod in the lab's order of rank
  cvsweep quota cluster=cvlab -o json       for a script; -o csv: the members, with --pods the pods

Rank: a person's Nth GPU comes before anyone's (N+1)th, and a pod ranks by its last GPU. Among one
person's pods a higher priority comes first, then the one that started earlier; that also decides
between two persons. Pods with no user label come last. Only pods that run have a rank; those that
wait follow without one, and pods with no GPU are not shown: they are always allowed. The last in
rank goes first if the quota is full and somebody of a better rank needs room.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("quota", "Who holds what in the namespace, and what is free.", _EXAMPLES)
    add_override_arguments(parser)
    parser.add_argument("--pods", action="store_true", help="every GPU pod too, in the lab's order of rank")
    parser.add_argument(
        "-o", "--output", choices=("table", "csv", "json"), default="table", help="default: table"
    )
    return parser
