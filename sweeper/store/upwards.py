"""Searches the parent folders for the project, or the sweeps, that a command is meant for.

As in git, the nearest one counts. The search ends at the top of a repository, at another file system, and
below the home folder and shared folders such as /tmp. Files of other users are never used, since their
commands would run. A sweep's own folder, with its copy of the code, is no project.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

CONFIGS = "configs"
OTHERS = ("conf", "config", "config.yaml", "config.yml", "conf.yaml", "conf.yml")
"""Usual names of a program's configuration that cvsweep does not read by itself."""

_ADMINISTRATOR = 0


def project_above(here: str, name: str | None = None) -> str | None:
    """Return the nearest folder above whose configs/ has the file `name`, or a config.yaml."""
    names = ["config.yaml"] + ([f"{name.removesuffix('.yaml')}.yaml"] if name else [])
    for folder in _folders_above(here):
        configs = os.path.join(folder, CONFIGS)
        if any(os.path.isfile(os.path.join(configs, file)) for file in names) and _is_trusted(configs):
            return folder
    return None


def sweep_around(here: str) -> str | None:
    """Return the sweep folder that contains `here`, if any."""
    at = here
    while at != os.path.dirname(at):
        if _is_sweep(at):
            return at
        at = os.path.dirname(at)
    return None


def sweeps_above(here: str) -> str | None:
    """Return the nearest folder `sweeps` above that holds a sweep; a project without it ends the search."""
    for folder in _folders_above(here):
        sweeps = os.path.join(folder, "sweeps")
        if holds_sweeps(sweeps) and _is_trusted(sweeps):
            return sweeps
        if os.path.isdir(os.path.join(folder, CONFIGS)):
            return None
    return None


def holds_sweeps(root: str) -> bool:
    """Whether there is a sweep in this folder."""
    try:
        with os.scandir(root) as entries:
            return any(_is_sweep(entry.path) for entry in entries)
    except OSError:
        return False


def lies_there(folder: str) -> list[str]:
    """Return the names of possible configurations in a folder without configs/."""
    return [name for name in OTHERS if _may_configure(os.path.join(folder, name))]


def _may_configure(path: str) -> bool:
    """Whether it is a file, or a folder with YAML files: a Python package may have such a name too."""
    try:
        return os.path.isfile(path) or any(name.endswith((".yaml", ".yml")) for name in os.listdir(path))
    except OSError:
        return False


def _is_sweep(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "sweep.json")) and os.path.isdir(
        os.path.join(folder, "journal")
    )


def _folders_above(here: str) -> Iterator[str]:
    """Return the folders above, nearest first, without a sweep's folder and those inside it."""
    found = list(_ancestors(here))
    inside = [at for at, folder in enumerate([here, *found]) if _is_sweep(folder)]
    return iter(found[max(inside, default=0) :])


def _ancestors(here: str) -> Iterator[str]:
    home = os.path.realpath(os.path.expanduser("~"))
    at = here
    while at != home and not os.path.lexists(os.path.join(at, ".git")):
        above = os.path.dirname(at)
        if above in (home, os.path.dirname(above)) or _is_shared(above) or _device(above) != _device(at):
            return
        yield above
        at = above


def _is_shared(folder: str) -> bool:
    """Whether the folder has the sticky bit, like /tmp: all users create files there."""
    try:
        return bool(os.stat(folder).st_mode & stat.S_ISVTX)
    except OSError:
        return False


def _device(folder: str) -> int:
    try:
        return os.stat(folder).st_dev
    except OSError:
        return -1


def _is_trusted(path: str) -> bool:
    """Whether the path belongs to us or to the administrator."""
    try:
        return os.stat(path).st_uid in (os.geteuid(), _ADMINISTRATOR)
    except OSError:
        return False
