"""`cvsweep doctor`: everything that a run would need, looked at before there is one."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.backends.check import Check, Level
from sweeper.cli.common import say
from sweeper.cli.composing import composed
from sweeper.cli.parsers.doctor import make_parser
from sweeper.core.cluster import KubernetesSettings, LocalSettings
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.core.settings import ResultsSettings, Settings
from sweeper.core.words import escape

if TYPE_CHECKING:
    from sweeper.compose import Composed

_SCARCE = 2**30
_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.FAILURE: "1;31"}
_REMEDY = " " * 22


def main(argv: list[str]) -> int:
    """Look at one thing after another; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    found, project = composed(given)
    rows = []
    for row in _rows(found, project):
        rows.append(row)
        if given.output == "table":
            _show(row)
    if given.output == "json":
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    failures = sum(row.level is Level.FAILURE for row in rows)
    if failures:
        say(f"a run could not work: {failures} failure{'' if failures == 1 else 's'}")
    else:
        say("nothing stands in the way of a run")
    return 3 if failures else 0


def _show(row: Check) -> None:
    level = f"{row.level:<8}"
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        level = f"\x1b[{_COLOURS[row.level]}m{level}\x1b[0m"
    sys.stdout.write(f"{level} {row.name:<12} {escape(row.said)}\n")
    if row.remedy:
        sys.stdout.write(f"{_REMEDY}{escape(row.remedy)}\n")
    sys.stdout.flush()  # the next look may take a while


def _rows(found: Composed, project: Path) -> Iterator[Check]:
    settings = found.settings
    root = os.path.join(project, settings.sweep.root)
    count = len(found.trials)
    said = f"{found.experiment or 'no experiment'}, {count} trial{'' if count == 1 else 's'}"
    yield Check("config", Level.OK, f"{said}, on {settings.cluster.backend}")
    yield _program(found, project)
    yield from _results(settings.results)
    yield _disk(root)
    if isinstance(settings.cluster, KubernetesSettings):
        yield from _cluster(settings, root)
    else:
        yield _machine(settings.cluster)


def _program(found: Composed, project: Path) -> Check:
    from sweeper.cli.programs import check_programs

    try:
        check_programs(found, project)
    except UsageError as error:
        return Check("program", Level.FAILURE, str(error))
    names = ", ".join(sorted({program for program, _ in found.programs}))
    if isinstance(found.settings.cluster, LocalSettings) or "/" in names:
        return Check("program", Level.OK, f"{names} is there")
    return Check("program", Level.OK, f"{names}: only a pod can tell whether its image has it")


def _results(settings: ResultsSettings) -> Iterator[Check]:
    """Only what stands in the way: most sweeps name no reader."""
    from sweeper.results.readers import check_reader

    try:
        check_reader(settings)
    except UsageError as error:
        yield Check("results", Level.FAILURE, str(error))


def _disk(root: str) -> Check:
    """Can a sweep be made there? Its folder is made by the first one, so the nearest one above counts too."""
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
    said = f"{root} can be written, {free / 2**30:.1f} GiB are free"
    if free < _SCARCE:
        return Check("disk", Level.WARNING, said, "make room, or choose another sweep.root")
    return Check("disk", Level.OK, said)


def _machine(settings: LocalSettings) -> Check:
    from sweeper.backends.local.slots import cpu_cores, find_machine

    try:
        machine = find_machine(settings)
    except CvsweepError as error:
        return Check("machine", Level.FAILURE, str(error))
    gpus = list(machine.limits)
    many = f"{machine.slots} trial{'' if machine.slots == 1 else 's'} at a time"
    if gpus:
        each = f", {machine.each} each" if machine.each > 1 else ""
        said = f"{many} on GPU{'' if len(gpus) == 1 else 's'} {', '.join(gpus)}{each}"
        return Check("machine", Level.OK, said)
    seen = "GPUs are hidden by cluster.gpus=0" if machine.hidden else "no GPU is seen"
    return Check("machine", Level.OK, f"{many} on {cpu_cores()} cores; {seen}")


def _cluster(settings: Settings, root: str) -> Iterator[Check]:
    from sweeper.backends.kubernetes.pods.identity import SweepLabel
    from sweeper.backends.kubernetes.server.api import ApiError, Unreachable
    from sweeper.cli import cluster

    assert isinstance(settings.cluster, KubernetesSettings)
    try:
        with closing(cluster.connect(settings.cluster)) as api:
            full = cluster.resolved(settings, api)
            for check in cluster.look(api, full, SweepLabel(secrets.token_hex(4), "doctor"), root):
                yield replace(check, said=check.said.removeprefix(f"{check.name}: "))
    except (CvsweepError, ApiError, Unreachable) as error:
        yield Check("cluster", Level.FAILURE, str(error))
