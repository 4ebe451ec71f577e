"""The options of `cvsweep init`."""

from __future__ import annotations

import argparse
from pathlib import Path

from sweeper.cli.common import verb_parser

_EXAMPLES = """\
examples:
  cvsweep init                 in this folder, for its script if it has one
  cvsweep init train.py        for this script
  cvsweep init my-project      a new project with an example
then: what its last lines say

If there is a script, it reads its source (argparse, click, typer, fire, jsonargparse, LightningCLI,
Hydra, absl, HfArgumentParser, tyro, simple-parsing, a shell script) without running it, and writes
configs/config.yaml, or sweep.yaml beside the configuration of a Hydra app. If there is none, it writes an
example: configs/ and experiments/. No file is overwritten, and a second time changes nothing.
"""


def make_parser() -> argparse.ArgumentParser:
    parser = verb_parser("init", "Write the configuration of your script, or an example project.", _EXAMPLES)
    parser.add_argument(
        "dir", nargs="?", type=Path, default=Path(), metavar="SCRIPT|DIR", help="default: this folder"
    )
    return parser
