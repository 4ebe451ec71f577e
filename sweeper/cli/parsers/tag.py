"""The options of `cvsweep tag`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep tag NAME paper              on the sweep itself: in ls, status and the report
  cvsweep tag NAME 3 5-8 best -old    trials 3 and 5 to 8 get the tag best and lose the tag old
  cvsweep tag 3 best                  a trial of the newest sweep
  cvsweep results --where '"best" in tags'    the trials that have it

A tag is a word of letters, digits and . : / @ + - _ that begins with a letter.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("tag", "Give tags to a sweep or to trials of it, or take them away.", _EPILOG)
    parser.usage = "cvsweep tag [-h] [--root ROOT] [SWEEP] [TRIAL ...] TAG ... -OLDTAG ..."
    parser.add_argument("words", nargs="*", metavar="[SWEEP] TRIAL TAG", help="-TAG takes a tag away")
    add_root_option(parser)
    return parser
