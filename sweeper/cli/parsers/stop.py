"""The options of `cvsweep stop`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_sweep_argument, verb_parser

_EPILOG = """\
examples:
  cvsweep stop              the newest sweep launches nothing more; what runs goes on to its end
  cvsweep stop NAME --now   its controller leaves at once, and what runs goes on without it

The same as Ctrl-C where the sweep runs, once or twice. Nothing is cancelled, and
`cvsweep resume` goes on. To end what runs: cvsweep cancel.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("stop", "Let a sweep launch nothing more, from any terminal.", _EPILOG)
    add_sweep_argument(parser)
    parser.add_argument("--now", action="store_true", help="leave at once, with what runs going on")
    return parser
