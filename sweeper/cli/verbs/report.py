"""`cvsweep report`: the sweep as one HTML file."""

from __future__ import annotations

import argparse
import sys
import time

from sweeper.cli.common import add_sweep_argument, find_sweep, say, verb_parser
from sweeper.report import libraries

_EXAMPLES = """\
examples:
  cvsweep report                 report.html in the newest sweep's folder, also while it runs
  cvsweep report digits-x --open and show it in the browser
  scp host:$(cvsweep report) .   stdout is the file's path; it needs no other file and no network

It takes an extra: pip install 'cvsweep[report]'. summary.md beside it, which every sweep writes by
itself, says the most important of it for a wiki or a chat.
"""


def main(argv: list[str]) -> int:
    """Write report.html, say where it is, and open it where that was asked for."""
    given = _parse(argv)
    folder = find_sweep(given.sweep, given.root)
    libraries.require()  # before the work of reading
    from sweeper.report.gather import gather
    from sweeper.report.page import make_page
    from sweeper.store import atomic

    page = make_page(gather(folder, time.time())).encode(errors="backslashreplace")
    path = folder.paths.report
    with atomic.storage(f"writing {path}"):
        atomic.write(path, page, sync=False)
    sys.stdout.write(f"{path}\n")
    if given.open and not _opens(path):
        say(f"no browser can be started here; open the file yourself: {path}")
    return 0


def _opens(path: str) -> bool:
    import webbrowser
    from pathlib import Path

    return webbrowser.open(Path(path).as_uri())


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = verb_parser(
        "report", "One HTML file: headline, table, pictures and failures of a sweep.", _EXAMPLES
    )
    add_sweep_argument(parser)
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    return parser.parse_intermixed_args(argv)
