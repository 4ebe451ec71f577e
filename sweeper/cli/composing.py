"""Override arguments of the verbs that compose like a run, and composing them with a progress line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.app.load_config import load
from sweeper.app.spec import Source, SweepSpec
from sweeper.app.where import project_of
from sweeper.cli.common import say
from sweeper.cli.progress import ComposeProgress

if TYPE_CHECKING:
    from sweeper.arguments import Arguments


def add_override_arguments(parser: argparse.ArgumentParser) -> None:
    """Add OVERRIDE and the options that choose a configuration, with the same names as for a run."""
    parser.add_argument(
        "overrides", nargs="*", metavar="OVERRIDE", help="as for a run, such as cluster=cvlab"
    )
    parser.add_argument("-m", "--multirun", action="store_true", help="as for a run: commas make a grid")
    parser.add_argument("-cn", "--config-name", metavar="NAME", help="the configuration to start from")
    parser.add_argument(
        "-cd",
        "--config-dir",
        type=Path,
        metavar="DIR",
        help="a further folder of configurations, after ./configs",
    )


def composed(given: argparse.Namespace | Arguments) -> SweepSpec:
    """Compose and return the sweep that a run with these arguments would create."""
    source = Source(tuple(given.overrides), given.multirun, given.config_dir, given.config_name)
    project = project_here(given)
    with ComposeProgress() as progress:
        return load(source, project, progress.see)


def project_here(given: argparse.Namespace | Arguments, *, quiet: bool = False) -> Path:
    """Return the project folder; unless `quiet`, print how it was found if `project_of` reports that."""
    found = project_of(given.config_dir, given.config_name)
    if found.found and not quiet:
        say(found.found)
    return Path(found.folder)
