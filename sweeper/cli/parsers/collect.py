"""The options of `cvsweep collect`."""

from __future__ import annotations

import argparse

from sweeper.cli.common import add_root_option, verb_parser

_EPILOG = """\
examples:
  cvsweep collect                          all ended trials of the newest sweep
  cvsweep collect NAME 3 5-8               trials 3 and 5 to 8 of sweep NAME
  cvsweep collect NAME results.reader=log  read the metrics from what the programs printed
  cvsweep collect NAME results.file=final.json   ... or from the file of this name
  cvsweep collect NAME results.required=true   trials without metrics have failed

For trials whose program ended well: after you have mended a metrics file, or
named a reader that was forgotten. Nothing runs: neither a trial nor a controller.
The last reading counts. Settings of results that are given here hold for the
sweep from then on, for trials that run later too; a reader, file or pattern that
finds nothing in any of the trials is refused. Metrics that were recorded are
kept if a trial's folder is gone or what lies there cannot be read.

exit code: 0, or 1 if trials of the sweep have failed
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("collect", "Read again what ended trials have left, without running them.", _EPILOG)
    parser.add_argument(
        "words",
        nargs="*",
        metavar="[SWEEP] TRIAL results.KEY=VALUE",
        help="trials; left out: all of the sweep. Settings: reader, pattern, metric, mode, required",
    )
    add_root_option(parser)
    return parser
