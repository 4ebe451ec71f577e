"""`cvsweep status`: the progress of a sweep. It must answer at once, so it imports next to nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sweeper.app.status import read_status
from sweeper.cli import streams
from sweeper.cli.common import sweep_paths
from sweeper.cli.parsers.status import make_parser
from sweeper.cli.status_view import is_loud, shown, status_lines

if TYPE_CHECKING:
    from sweeper.core.paths import SweepPaths
    from sweeper.core.snapshot import RunningTrial


def main(argv: list[str]) -> int:
    """Print the status of the sweep, with -w again and again until it is at rest; return the exit code."""
    given = make_parser().parse_args(argv)
    paths = sweep_paths(given.sweep, given.root)
    if given.watch:
        from sweeper.cli.watch import watch

        return watch(paths, as_json=given.output == "json")
    seen = read_status(paths)
    if given.output == "json":
        import json

        sys.stdout.write(json.dumps(seen.to_json()) + "\n")
    else:
        fit = partial(streams.fit, stream=sys.stdout)
        lines = status_lines(seen, metrics=_metrics(paths, shown(seen)), fit=fit)
        sys.stdout.writelines(f"{_loud(line)}\n" for line in lines)
    return 0


def _metrics(paths: SweepPaths, running: Sequence[RunningTrial]) -> Mapping[tuple[int, int], str]:
    if not running:
        return {}
    from sweeper.cli.current import Current  # imported here: most sweeps shown have ended

    return Current(paths).of(running)


def _loud(line: str) -> str:
    """Return the line, in bold red if it asks for action and the terminal shows colours."""
    if not is_loud(line):
        return line
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return line if plain else f"\x1b[1;31m{line}\x1b[0m"
