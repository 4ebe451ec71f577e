"""Adapt a sweep to a new path of its folder or of its project."""

from __future__ import annotations

import os
from typing import Any

from sweeper import clusters
from sweeper.app.contexts import cluster_of
from sweeper.app.observers import Observers
from sweeper.app.owners import require_own
from sweeper.app.sweep_argument import sweep_argument
from sweeper.clusters import Cluster
from sweeper.core.environment_variables import moved
from sweeper.core.errors import UsageError
from sweeper.snapshot.sums import read_sums
from sweeper.store.folder import SweepFolder
from sweeper.store.preparing import rewrite_commands


def start_of(cluster: Cluster[Any], copy: str, project: str, *, frozen: bool) -> str:
    """Return the folder in which commands start, as attempts see it: the project, or its copy in the sweep.

    Raises:
        UsageError: the attempts do not see this folder.
    """
    folder = copy if frozen else project
    what = "sweep.root" if frozen else "code.mode=in_place"
    return cluster.path_inside(folder, what=what, writable=False)


def inside(folder: SweepFolder) -> str:
    """Return the path of the sweep's folder as attempts see it; empty if attempts run on this machine."""
    cluster = cluster_of(folder)
    return "" if cluster.runs_here else cluster.path_inside(folder.paths.folder)


def check_code(folder: SweepFolder) -> None:
    """Raise UsageError if the trials would run the project itself and its folder no longer exists."""
    project = folder.manifest.code
    if _runs_project(folder) and not os.path.isdir(project):
        raise UsageError(
            f"the project of {folder.name}, {project}, is not there; if it has moved, say where it is now:"
            f" cvsweep resume --code {_guess(folder)} {sweep_argument(folder.paths.folder)}"
        )


def use_code(folder: SweepFolder, given: str, observers: Observers, *, by_force: bool = False) -> None:
    """Store the new folder of the project.

    Args:
        folder: the sweep.
        given: the new folder of the project.
        observers: receive messages for users.
        by_force: take the sweep from a controller that hangs.

    Raises:
        UsageError: the sweep is another user's, or the folder has none of the files of the sweep's project.
        SweepHeldError: a controller is alive.
    """
    require_own(folder)
    project = os.path.abspath(given)
    if not os.path.isdir(project):
        raise UsageError(f"resume: --code {given}: there is no such folder")
    known = list(read_sums(folder.paths))
    if known and not any(os.path.isfile(f"{project}/{name}") for name in known):
        raise UsageError(
            f"resume: --code {given}: of the files that {folder.name} was made with, none is there"
            f" ({', '.join(sorted(known)[:3])}{', …' if len(known) > 3 else ''}); name the project's folder"
        )
    from sweeper.app.taking import seen_to_control  # which imports this module

    with seen_to_control(folder, observers, by_force=by_force):
        _record(folder, project, observers)


def follow(folder: SweepFolder, observers: Observers) -> None:
    """After a move of the sweep, let trials start in its copy of the project at the new path.

    Only the controller may call this. It does nothing for a sweep without a copy.
    """
    if not (clusters.is_frozen(folder.settings) and os.path.isdir(folder.paths.code)):
        return
    start = _start(folder, folder.manifest.code)
    if _real(folder, start) != _real(folder, folder.manifest.start):
        _record(folder, folder.manifest.code, observers)


def _record(folder: SweepFolder, project: str, observers: Observers) -> None:
    start = _start(folder, project)
    environment = moved(folder.manifest.environment, folder.manifest.code, project, os.path.exists)
    folder.change_code(project, start, environment)
    trials = [one.trial for one in folder.state().trials]
    for problem in rewrite_commands(folder.paths, trials, start, folder.imports):
        observers.warn(f"{problem}: this file still names the former folder")


def _start(folder: SweepFolder, project: str) -> str:
    frozen = clusters.is_frozen(folder.settings)
    return start_of(cluster_of(folder), folder.paths.code, project, frozen=frozen)


def _runs_project(folder: SweepFolder) -> bool:
    return clusters.of(folder.settings.cluster).runs_here and not clusters.is_frozen(folder.settings)


def _guess(folder: SweepFolder) -> str:
    """Return `.` if the current folder seems to be the project, else the placeholder `DIR`."""
    known = read_sums(folder.paths)
    return "." if known and all(map(os.path.isfile, known)) else "DIR"


def _real(folder: SweepFolder, path: str) -> str:
    return os.path.realpath(path) if clusters.of(folder.settings.cluster).runs_here else path
