"""The options of `cvsweep report`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_sweep_argument, verb_parser

_EXAMPLES = """\
examples:
  cvsweep report                 report.html in the newest sweep's folder, also while it runs
  cvsweep report digits-x --open and show it in the browser
  cvsweep report ../ada/sweeps/x report-x.html in the current folder: the sweep is a colleague's
  scp host:$(cvsweep report) .   stdout is the file's path; it needs no other file and no network

It takes an extra: pip install 'cvsweep[report]'. summary.md beside it, which every sweep writes by
itself, says the most important of it for a wiki or a chat.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser(
        "report", "One HTML file: headline, table, pictures and failures of a sweep.", _EXAMPLES
    )
    add_sweep_argument(parser)
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    return parser
