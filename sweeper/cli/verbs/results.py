"""`cvsweep results`: the table of a sweep, or of several, at any time."""

from __future__ import annotations

import argparse
import sys

from sweeper.cli import tables
from sweeper.cli.common import add_sweeps_argument, find_sweep, say, verb_parser
from sweeper.core.errors import UsageError
from sweeper.core.words import escape
from sweeper.results.output import to_csv, to_json
from sweeper.results.query import Answer, Query, answer

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

In Python: sweeper.load_results("sweeps/digits-x") is a DataFrame, one row a trial;
sweeper.load_curves("sweeps/digits-x") has one for each step of each trial. Both take several sweeps.
"""


def main(argv: list[str]) -> int:
    """Print the table as the journal tells it."""
    given = _parse(argv)
    _check(given)
    folders = [find_sweep(name, given.root) for name in given.sweeps or [None]]
    folders = list({folder.paths.folder: folder for folder in folders}.values())
    query = Query(
        where=given.where,
        metrics=given.metric,
        sort=given.sort,
        reverse=given.reverse,
        top=given.top,
        columns=given.columns,
        over=given.over,
        pivot=given.pivot or (),
    )
    found = answer(query, folders, lambda line: say(escape(line)))
    _write(found, given.output, whole=given.all)
    for line in filter(None, (found.line, *found.assumed)):
        say(escape(line))
    return 0


def _write(found: Answer, form: str, *, whole: bool) -> None:
    if form == "csv":
        sys.stdout.write(to_csv(found.table))
    elif form == "json":
        sys.stdout.write(to_json(found.table))
    elif form == "parquet":
        from sweeper.results.parquet import to_parquet

        sys.stdout.buffer.write(to_parquet(found.table))
    else:
        shown = found.shown or (found.table if whole else tables.telling(found.table))
        if form == "md":
            from sweeper.results.markdown import to_markdown

            sys.stdout.write(to_markdown(shown))
        else:
            tables.show(shown, keep=found.metric, whole=whole)


def _parse(argv: list[str]) -> argparse.Namespace:
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
    return parser.parse_intermixed_args(argv)


def _check(given: argparse.Namespace) -> None:
    """What makes no sense together, before anything is read."""
    if given.pivot and (given.over or given.sort or given.columns or given.metric):
        raise UsageError(
            "results: --pivot has rows and columns of its own: no --over, --sort, --columns, --metric with it"
        )
    if given.output == "parquet" and sys.stdout.isatty():
        raise UsageError(
            "results: a terminal cannot show Parquet: cvsweep results -o parquet > table.parquet"
        )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(filter(None, (name.strip() for name in text.split(","))))
    if not names:
        raise argparse.ArgumentTypeError("name at least one column")
    return names


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)
