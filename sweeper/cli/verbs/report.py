"""`cvsweep report`: the sweep as one HTML file."""

from __future__ import annotations

import sys

from sweeper.app.report import write_report
from sweeper.cli.common import find_sweep, say
from sweeper.cli.parsers.report import make_parser
from sweeper.cli.printing import printing


def main(argv: list[str]) -> int:
    """Write report.html, print its path, and open it with --open; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    folder = find_sweep(given.sweep, given.root)
    path = write_report(folder, printing())
    sys.stdout.write(f"{path}\n")
    if given.open and not _opens(path):
        say(f"no browser can be started here; open the file yourself: {path}")
    return 0


def _opens(path: str) -> bool:
    import webbrowser
    from pathlib import Path

    return webbrowser.open(Path(path).as_uri())
