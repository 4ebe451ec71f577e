"""The options of `cvsweep results`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_sweeps_argument, verb_parser
from sweeper.core.digits import whole_number

_EXAMPLES = """\
examples:
  cvsweep results                          the newest sweep, best first where results.metric is set
  cvsweep results digits-x digits-y        two sweeps in one table
  cvsweep results --sort seconds -r --top 3
  cvsweep results --where 'lr<0.01 and model=="mlp"' --columns lr,model,val_acc
  cvsweep results --where 'state == "failed" and "memory" in error'
  cvsweep results --metric val_acc:max     its largest value over each trial's curve, ranked by that
  cvsweep results --metric val_acc:best@val_loss      val_acc at the step where val_loss was best
  cvsweep results --over seed              mean ± deviation over the seeds, best first, gaps named
  cvsweep results --pivot lr batch_size val_acc
  cvsweep results -o csv > table.csv       every column and every digit; -o json likewise
  cvsweep results -o parquet > t.parquet   with types; -o md for a wiki

conditions: columns, numbers, texts in quotes, lists; == != < <= > >= in, not in; and, or, not. A column
of an odd name stands in backticks: `val/acc` > 0.9. A missing value is null, and neither < nor > anything.

metrics: NAME is the value at the end; NAME:max, NAME:min, NAME:last and NAME:best@OTHER look into the
curves of completed and running trials. OTHER is best where it is smallest if it is called a loss or an
error, else where it is largest; NAME:best@OTHER:min and :max say it. What is not finite is best only
where nothing is. epoch:best@OTHER is the epoch itself, if that is what the program counts.

In Python: cvsweep.load_results("sweeps/digits-x") is a DataFrame, one row a trial;
cvsweep.load_curves("sweeps/digits-x") has one for each step of each trial. Both take several sweeps.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("results", "The table of a sweep: one row a trial, also while it runs.", _EXAMPLES)
    add_sweeps_argument(parser)
    add = parser.add_argument
    forms = ("table", "csv", "json", "parquet", "md")
    add("-o", "--output", choices=forms, default="table", help="default: table")
    add("--where", metavar="CONDITION", help="the rows for which it holds: 'lr<0.01 and seed==0'")
    add("--metric", action="append", default=[], metavar="METRIC", help="rank by this one; see below")
    add("--sort", metavar="COLUMN", help="default: --metric or results.metric, best first, where one is set")
    add("-r", "--reverse", action="store_true", help="the other way round")
    add("--top", type=_count, metavar="N", help="the first N rows only")
    add("--columns", type=_names, default=(), metavar="A,B", help="these columns only")
    add("--all", action="store_true", help="columns that are the same everywhere, too")
    add(
        "--over",
        type=_names,
        default=(),
        metavar="A,B",
        help="one row for all that differ in nothing but these",
    )
    add("--pivot", nargs=3, metavar=("DOWN", "ACROSS", "METRIC"), help="a metric by two parameters")
    return parser


def _names(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, (name.strip() for name in text.split(","))))
    if not names:
        raise argparse.ArgumentTypeError("name at least one column")
    return names


def _count(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return number
