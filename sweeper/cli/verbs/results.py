"""`cvsweep results`: the table of a sweep, or of several, at any time."""

from __future__ import annotations

import argparse
import sys

from sweeper.cli import tables
from sweeper.cli.common import find_sweeps, say
from sweeper.cli.parsers.results import make_parser
from sweeper.cli.streams import as_written
from sweeper.core.errors import UsageError
from sweeper.core.formatting import escape
from sweeper.files.gc_pause import no_collection
from sweeper.results.output import to_csv, to_json
from sweeper.results.query import Query, QueryResult, answer


@no_collection()
def main(argv: list[str]) -> int:
    """Print the table that the arguments ask for; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    _check(given)
    folders = find_sweeps(given.sweeps, given.root)
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


def _write(found: QueryResult, form: str, *, whole: bool) -> None:
    if form == "csv":
        text = to_csv(found.table)
        _write_text("\n".join(map(escape, text.split("\n"))) if sys.stdout.isatty() else text)
    elif form == "json":
        sys.stdout.write(to_json(found.table))
    elif form == "parquet":
        from sweeper.results.parquet import to_parquet

        sys.stdout.buffer.write(to_parquet(found.table))
    else:
        shown = found.shown or (found.table if whole else tables.informative(found.table))
        if form == "md":
            from sweeper.results.markdown import to_markdown

            _write_text(to_markdown(shown))
        else:
            tables.show(shown, keep=found.metric, whole=whole)


def _write_text(text: str) -> None:
    """Write text for a program; print a message if the encoding replaces some of its characters."""
    sys.stdout.write(text)
    if as_written(text, sys.stdout) != text:
        say(
            f"{sys.stdout.encoding} cannot write every character of this table, so some are escaped;"
            " with PYTHONIOENCODING=utf-8 none is"
        )


def _check(given: argparse.Namespace) -> None:
    """Refuse options that contradict each other, before anything is read."""
    if given.pivot and (given.over or given.sort or given.columns or given.metric):
        raise UsageError(
            "results: --pivot has rows and columns of its own: no --over, --sort, --columns, --metric with it"
        )
    if given.output == "parquet" and sys.stdout.isatty():
        raise UsageError(
            "results: a terminal cannot show Parquet: cvsweep results -o parquet > table.parquet"
        )
