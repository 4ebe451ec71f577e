"""The options of `cvsweep note`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep note NAME "baseline for the paper"   on the sweep itself: in ls, status and the report
  cvsweep note NAME 3 5-8 "loss explodes"      on trials: in the table, as the column note
  cvsweep note 3 "look at this one"            on a trial of the newest sweep
  cvsweep note NAME 3 ""                       no note any more

The last note counts. `cvsweep results --where 'note != null'` shows the trials that have one.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("note", "Write a note on a sweep, or on trials of it.", _EPILOG)
    parser.add_argument(
        "words", nargs="*", metavar="[SWEEP] TRIAL TEXT", help="the last word is the note, in quotes"
    )
    add_root_option(parser)
    return parser
