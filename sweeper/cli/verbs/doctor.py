"""`cvsweep doctor`: checks everything that a run would need."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from sweeper import clusters
from sweeper.app.contexts import context_of_new
from sweeper.app.spec import SweepSpec
from sweeper.cli.common import say
from sweeper.cli.composing import composed
from sweeper.cli.parsers.doctor import make_parser
from sweeper.cli.printing import printing
from sweeper.clusters import Cluster
from sweeper.clusters.check import Check, Level
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.core.formatting import escape
from sweeper.core.settings import ResultsSettings

_SCARCE = 2**30
_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.FAILURE: "1;31"}
_REMEDY = " " * 22


def main(argv: list[str]) -> int:
    """Run all checks and print each result; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    found = composed(given)
    rows = []
    for row in _rows(found):
        rows.append(row)
        if given.output == "table":
            _show(row)
    if given.output == "json":
        sys.stdout.write(json.dumps([_to_json(row) for row in rows], indent=2) + "\n")
    failures = sum(row.level is Level.FAILURE for row in rows)
    if failures:
        say(f"a run could not work: {failures} failure{'' if failures == 1 else 's'}")
    else:
        say("nothing stands in the way of a run")
    return 3 if failures else 0


def _to_json(row: Check) -> dict[str, str]:
    return {"name": row.name, "level": row.level, "said": row.message, "remedy": row.remedy}


def _show(row: Check) -> None:
    level = f"{row.level:<8}"
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        level = f"\x1b[{_COLOURS[row.level]}m{level}\x1b[0m"
    sys.stdout.write(f"{level} {row.name:<12} {escape(row.message)}\n")
    if row.remedy:
        sys.stdout.write(f"{_REMEDY}{escape(row.remedy)}\n")
    sys.stdout.flush()  # the next check may take a while


def _rows(found: SweepSpec) -> Iterator[Check]:
    settings = found.settings
    root = os.fspath(found.root)
    count = len(found.trials)
    message = f"{found.experiment or 'no experiment'}, {count} trial{'' if count == 1 else 's'}"
    yield Check("config", Level.OK, f"{message}, on {settings.cluster.backend}")
    yield _program(found)
    yield from _results(settings.results)
    yield _disk(root)
    yield from _cluster(clusters.of(settings.cluster), root)


def _program(found: SweepSpec) -> Check:
    from sweeper.app.program_checks import check_programs

    try:
        check_programs(found, found.project)
    except UsageError as error:
        return Check("program", Level.FAILURE, str(error))
    names = ", ".join(sorted({program for program, _ in found.programs}))
    cluster = clusters.of(found.settings.cluster)
    there = cluster.runs_here or "/" in names
    return Check("program", Level.OK, f"{names} is there" if there else cluster.program_remark(names))


def _results(settings: ResultsSettings) -> Iterator[Check]:
    """Yield a check only if the reader of results is invalid; most sweeps set none."""
    from sweeper.results.readers import check_reader

    try:
        check_reader(settings)
    except UsageError as error:
        yield Check("results", Level.FAILURE, str(error))


def _disk(root: str) -> Check:
    """Check that `root` can be written; if it does not exist yet, check its nearest existing parent."""
    place = root
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-") as file:
            file.write(b"\0")
            file.flush()
        free = shutil.disk_usage(place).free
    except OSError as error:
        remedy = "choose another sweep.root, or ask for the right to write there"
        return Check("disk", Level.FAILURE, f"{place} cannot be written: {error.strerror}", remedy)
    message = f"{root} can be written, {free / 2**30:.1f} GiB are free"
    if free < _SCARCE:
        return Check("disk", Level.WARNING, message, "make room, or choose another sweep.root")
    return Check("disk", Level.OK, message)


def _cluster(cluster: Cluster[Any], root: str) -> Iterator[Check]:
    context = context_of_new(secrets.token_hex(4), "doctor", root, printing())
    try:
        with closing(cluster):
            for check in cluster.resolve().checks(context):
                yield replace(check, message=check.message.removeprefix(f"{check.name}: "))
    except CvsweepError as error:
        yield Check(cluster.subject, Level.FAILURE, str(error))
