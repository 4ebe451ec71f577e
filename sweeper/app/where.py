"""Find the folder that contains the sweeps. This file is small since completion imports it at every TAB."""

from __future__ import annotations

import os
from typing import NamedTuple

from sweeper.core.errors import UsageError


class Where(NamedTuple):
    """Where a command looks for sweeps.

    Attributes:
        root: the folder that contains the sweeps.
        sweep: the folder of the sweep that contains the current folder; None if there is none.
        found: a message for the user if `root` is not in the current folder; else empty.
    """

    root: str
    sweep: str | None = None
    found: str = ""


def where(given: str | os.PathLike[str] | None) -> Where:
    """Return where the sweeps are: at `given`, at $CVSWEEP_ROOT, in the current folder, or in one above it.

    The configuration of a project is read last, and only if no folder `sweeps` was found: composing it takes
    longer than everything else that a reading verb does.
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
        return Where("sweeps")  # the current folder is a project of its own, as for a run
    if sweeps := upwards.sweeps_above(here):
        return Where(sweeps, found=f"project: {os.path.dirname(sweeps)}")
    project = upwards.project_above(here)
    return Where(_configured_root(project), found=f"project: {project}") if project else Where("sweeps")


def here_or_refused() -> str:
    """Return the current folder; raise UsageError if it no longer exists."""
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
    """The project of a run; `found` is a message for the user if it is not the current folder, else empty."""

    folder: str
    found: str = ""


def project_of(config_dir: str | os.PathLike[str] | None, config_name: str | None) -> FoundProject:
    """Return the project of a run: the current folder, or else the nearest folder above that is a project.

    The current folder is the project if it has configs/, if --config-dir is given (for projects without
    configs/), or if it contains a configuration of another kind. It is also the project if no folder above is
    one. Relative paths in settings and commands start in the project, wherever the command was typed.
    """
    from sweeper.store import upwards  # only now: completion imports this file at every TAB

    here = here_or_refused()
    if config_dir is not None or os.path.isdir(upwards.CONFIGS) or upwards.lies_there(here):
        return FoundProject(here)
    found = upwards.project_above(here, config_name)
    if not found:
        return FoundProject(here)
    return FoundProject(found, f"project: {found} (above the current folder; relative paths start there)")
