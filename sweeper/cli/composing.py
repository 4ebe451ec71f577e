"""A run and the verbs that take what it takes: the project's configuration, composed with overrides."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.cli.common import here_or_refused, say
from sweeper.cli.progress import ComposeProgress
from sweeper.core.cluster import KubernetesSettings
from sweeper.core.errors import UsageError
from sweeper.core.words import escape
from sweeper.snapshot.configs import changed_configs
from sweeper.store import upwards

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

    project = project_of(given.config_dir, given.config_name)
    with ComposeProgress() as progress:
        found = compose(
            given.overrides,
            config_dir=given.config_dir,
            config_name=given.config_name,
            multirun=given.multirun,
            project=project,
            see=progress.see,
        )
    return _from_the_project(found, project), project


def _from_the_project(found: Composed, project: Path) -> Composed:
    """The same with a relative path of a kubeconfig made absolute where the project was found above."""
    settings = found.settings
    cluster = settings.cluster
    if not isinstance(cluster, KubernetesSettings) or not cluster.kubeconfig or project == Path.cwd():
        return found
    if cluster.kubeconfig.startswith(("~", "$", "/")):
        return found
    cluster = replace(cluster, kubeconfig=str(project / cluster.kubeconfig))
    return replace(found, settings=replace(settings, cluster=cluster))


_NAMED = 3


def from_the_copy(given: Arguments, found: Composed, project: Path, copy: Path) -> Composed:
    """The same points, composed from a sweep's copy of the project: that is what its trials run.

    Settings are those of the project as it is now. UsageError if the copy cannot have such points.
    """
    from sweeper.compose import compose

    folder = project / (given.config_dir or "configs")
    inside = [one for one in {project / "configs", folder} if one.is_relative_to(project) and one.is_dir()]
    places = [one.relative_to(project) for one in inside]
    if not places or not all((copy / place).is_dir() for place in places):
        return found  # this configuration is no part of the copy
    config_dir = copy / folder.relative_to(project) if folder in inside else given.config_dir
    try:
        with ComposeProgress() as progress:
            frozen = compose(
                given.overrides,
                config_dir=config_dir if given.config_dir else None,
                config_name=given.config_name,
                multirun=given.multirun,
                project=copy,
                see=progress.see,
            )
    except UsageError as error:
        raise UsageError(f"{error} (in {_where(copy)})") from error
    unknown = _groups(found) - _groups(frozen)
    if unknown:  # to a configuration that does not have it, `+model=vit` is a parameter
        raise UsageError(f"there is no config group {min(unknown)} in {_where(copy)}")
    if {one.key for one in frozen.trials} != {one.key for one in found.trials}:
        say(
            f"warning: the project's configuration has changed since this sweep was made"
            f"{_names(changed_configs(project, copy, places))}: its points are composed from the sweep's own"
            " copy; for the new configuration use a new sweep.name"
        )
    return replace(frozen, settings=found.settings)


def _names(files: Sequence[str]) -> str:
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f" ({escape(', '.join(files[:_NAMED]))}{more})" if files else ""


def _groups(composed: Composed) -> set[str]:
    return {group for one in composed.trials for group in one.choices}


def _where(copy: Path) -> str:
    return f"the sweep's copy of the project, {copy}: what is new in the project needs a new sweep.name"


def project_of(config_dir: Path | None, config_name: str | None, *, quiet: bool = False) -> Path:
    """The project that a run is of: the current folder, or the nearest one above that is a project.

    The folder itself counts if it has configs/, if --config-dir is given (what has no configs/ starts from
    that), or if a configuration of another kind lies in it: then it is a project of its own. All paths in
    settings and in commands are the project's, wherever the command was typed.
    """
    here = here_or_refused()
    if config_dir is not None or os.path.isdir(upwards.CONFIGS) or upwards.lies_there(here):
        return Path(here)
    found = upwards.project_above(here, config_name)
    if found and not quiet:
        say(f"project: {found} (above the current folder; relative paths start there)")
    return Path(found or here)
