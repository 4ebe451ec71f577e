"""`cvsweep results`: the table of a sweep, at any time."""

from __future__ import annotations

import argparse
import sys

from sweeper.cli import tables
from sweeper.cli.common import add_sweep_argument, find_sweep, verb_parser
from sweeper.core.state import State
from sweeper.results.output import to_csv, to_json

_EXAMPLES = """\
examples:
  cvsweep results                          the newest sweep, best first where results.metric is set
  cvsweep results digits-x --sort lr       by a parameter
  cvsweep results --sort seconds -r --top 3
  cvsweep results -o csv > table.csv       every column and every digit; -o json likewise

In Python: from sweeper import load_results; load_results("sweeps/digits-x") is a DataFrame.
"""


def main(argv: list[str]) -> int:
    """Print the table as the journal tells it."""
    given = _parse(argv)
    folder = find_sweep(given.sweep, given.root)
    state = State().apply_all(folder.read().records)
    table = tables.ranked(state, folder.settings.results, given.sort, reverse=given.reverse)
    if given.top is not None:
        table = table.top(given.top)
    if given.output == "csv":
        sys.stdout.write(to_csv(table))
    elif given.output == "json":
        sys.stdout.write(to_json(table))
    else:
        metric = tables.metric_column(table, folder.settings.results)
        tables.show(table if given.all else tables.telling(table), keep=metric, whole=given.all)
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = verb_parser("results", "The table of a sweep: one row a trial, also while it runs.", _EXAMPLES)
    add_sweep_argument(parser)
    parser.add_argument(
        "-o", "--output", choices=("table", "csv", "json"), default="table", help="default: table"
    )
    parser.add_argument(
        "--sort", metavar="COLUMN", help="default: results.metric, best first, where it is set"
    )
    parser.add_argument("-r", "--reverse", action="store_true", help="the other way round")
    parser.add_argument("--top", type=_count, metavar="N", help="the first N rows only")
    parser.add_argument("--all", action="store_true", help="columns that are the same everywhere, too")
    return parser.parse_intermixed_args(argv)


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)
