"""Finds the folder that holds the sweeps. Kept small: completion imports it at every TAB."""

from __future__ import annotations

import os
from typing import NamedTuple

from sweeper.core.errors import UsageError


class Where(NamedTuple):
    """Where a command looks for sweeps: in `root`, and for the sweep in whose folder we are, if in one.

    `found` is the message to the user if it does not lie in the current folder.
    """

    root: str
    sweep: str | None = None
    found: str = ""


def where(given: str | os.PathLike[str] | None) -> Where:
    """Where the sweeps lie: as given, as $CVSWEEP_ROOT says, here, or above, where a project is found.

    A project's configuration is asked last, and only where it has no folder `sweeps`: composing it
    takes longer than everything else that a reading verb does.
    """
    from sweeper.files.own_paths import expanded  # only now: completion imports this file at every TAB
    from sweeper.store import upwards

    if given:
        return Where(expanded("--root", os.fspath(given)))
    if named := os.environ.get("CVSWEEP_ROOT"):
        return Where(expanded("CVSWEEP_ROOT", named))
    here = here_or_refused()
    if upwards.holds_sweeps("sweeps"):
        return Where("sweeps")
    if sweep := upwards.sweep_around(here):
        name = os.path.basename(sweep)
        return Where(os.path.dirname(sweep), sweep, f"sweep: {name} (the current folder is in it)")
    if os.path.isdir(upwards.CONFIGS):
        return Where("sweeps" if os.path.isdir("sweeps") else _configured_root(here))
    if upwards.lies_there(here):
        return Where("sweeps")  # a project of its own, as for a run
    if sweeps := upwards.sweeps_above(here):
        return Where(sweeps, found=f"project: {os.path.dirname(sweeps)}")
    project = upwards.project_above(here)
    return Where(_configured_root(project), found=f"project: {project}") if project else Where("sweeps")


def here_or_refused() -> str:
    """The folder that the user is in. UsageError where it is no more."""
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise UsageError("the folder that you are in has been removed; go to your project's") from error


def _configured_root(project: str) -> str:
    from pathlib import Path

    from sweeper.compose import compose

    composed = compose([], config_dir=None, config_name=None, multirun=False, project=Path(project))
    root = composed.settings.sweep.root
    return root if project == os.getcwd() else os.path.join(project, root)


class FoundProject(NamedTuple):
    """The project that a run is of; `found` is the message to the user if it is not the current folder."""

    folder: str
    found: str = ""


def project_of(config_dir: str | os.PathLike[str] | None, config_name: str | None) -> FoundProject:
    """The project that a run is of: the current folder, or the nearest one above that is a project.

    The folder itself counts if it has configs/, if --config-dir is given (what has no configs/ starts from
    that), or if a configuration of another kind lies in it: then it is a project of its own. All paths in
    settings and in commands are the project's, wherever the command was typed.
    """
    from sweeper.store import upwards  # only now: completion imports this file at every TAB

    here = here_or_refused()
    if config_dir is not None or os.path.isdir(upwards.CONFIGS) or upwards.lies_there(here):
        return FoundProject(here)
    found = upwards.project_above(here, config_name)
    if not found:
        return FoundProject(here)
    return FoundProject(found, f"project: {found} (above the current folder; relative paths start there)")
