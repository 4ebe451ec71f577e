"""A run and the verbs that take what it takes: the project's configuration, composed with overrides."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.core.errors import UsageError

if TYPE_CHECKING:
    from sweeper.compose import Arguments, Composed


def add_override_arguments(parser: argparse.ArgumentParser) -> None:
    """OVERRIDE and what else chooses a configuration, spelled as for a run."""
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


def composed(given: argparse.Namespace | Arguments) -> tuple[Composed, Path]:
    """The sweep that a run with these words would make, and the project that it would be of."""
    from sweeper.compose import compose

    project = project_here()
    found = compose(
        given.overrides,
        config_dir=given.config_dir,
        config_name=given.config_name,
        multirun=given.multirun,
        project=project,
    )
    return found, project


def project_here() -> Path:
    """The folder that the user is in. UsageError where it is no more."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the folder that you are in has been removed; go to your project's") from error
