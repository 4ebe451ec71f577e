"""Runs Hydra's own main for the options `--cfg`, `--info` and `--hydra-help`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hydra
from omegaconf import DictConfig

from sweeper.arguments import Arguments
from sweeper.compose.errors import one_line
from sweeper.compose.primary import store_primary
from sweeper.compose.project import Project, find_project, packaged_configs
from sweeper.compose.versions import VERSION_BASE
from sweeper.core.errors import UsageError

_NEEDS_NO_PROJECT = "--hydra-help"


def hand_to_hydra(arguments: Arguments, *, project: Path) -> int:
    """Run Hydra's own main, which prints to stdout, and return the exit code."""
    name, path = store_primary(found := _project(arguments, project))
    words = [*arguments.handed, *(path.override(text) for text in arguments.overrides)]
    main = hydra.main(config_path=str(found.primary), config_name=name, **VERSION_BASE)(_nothing)
    with _argv(words):
        try:
            main()
        except SystemExit as end:
            # Hydra exits with 1 if it cannot compose; cvsweep uses the code of UsageError for this.
            return 0 if end.code in (None, 0) else UsageError.exit_code
        except ValueError as error:
            raise UsageError(one_line(str(error))) from error
    return 0


def _project(arguments: Arguments, root: Path) -> Project:
    try:
        return find_project(root, arguments.config_dir, arguments.config_name)
    except UsageError:
        if _NEEDS_NO_PROJECT not in arguments.handed:
            raise
        # Help works in any folder.
        return Project((packaged_configs(),), "config")


def _nothing(cfg: DictConfig) -> None:
    """The task function for Hydra, which is never called with these options."""


# Hydra names the application after the task function's module.
_nothing.__module__ = "cvsweep"


@contextmanager
def _argv(words: list[str]) -> Iterator[None]:
    """Set sys.argv, which Hydra's main reads; its first word is the name of the program in the help."""
    known = sys.argv
    sys.argv = ["cvsweep", *words]
    try:
        yield
    finally:
        sys.argv = known
