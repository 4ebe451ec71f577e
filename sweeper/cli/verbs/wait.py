"""cvsweep wait: wait until sweeps have ended; the exit code reflects their outcome."""

from __future__ import annotations

import math
import time

from sweeper.app.status import SweepStatus
from sweeper.app.waiting import exit_code, wait
from sweeper.cli.common import find_sweeps, say
from sweeper.cli.parsers.wait import make_parser
from sweeper.cli.status_view import advice
from sweeper.core.formatting import counted


def main(argv: list[str]) -> int:
    """Wait for each sweep in turn; return the highest of their exit codes."""
    given = make_parser().parse_intermixed_args(argv)
    until = math.inf if given.timeout is None else time.monotonic() + given.timeout
    codes = []
    for folder in find_sweeps(given.sweeps, given.root):
        seen = wait(folder.paths, until)
        codes.append(exit_code(seen))
        _say(seen, given.timeout)
    return max(codes)


def _say(seen: SweepStatus, timeout: float | None) -> None:
    say(f"{seen.paths.name}: {counted(seen.snapshot.counts)}")
    if timeout is not None and exit_code(seen) == 130 and not seen.abandoned:
        say(f"{seen.paths.name}: not over after {timeout:g} s; it goes on")
    for line in advice(seen, time.time()):
        say(line)
