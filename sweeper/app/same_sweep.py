"""Checks whether new points belong to the existing sweep of the same name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.app.owners import require_own
from sweeper.app.spec import FUNCTION, SweepSpec
from sweeper.app.sweep_argument import sweep_argument
from sweeper.core.errors import UsageError
from sweeper.core.model import Trial

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder


def refuse_other(folder: SweepFolder, spec: SweepSpec) -> None:
    """Raise UsageError unless the points may be added to the existing sweep of this name.

    A name stands for one experiment in one project: experiment, function, cluster and project must be the
    same, and the sweep must belong to this user.
    """
    require_own(folder)
    manifest = folder.manifest
    if manifest.experiment != spec.experiment:
        held, given = manifest.experiment or "no experiment", spec.experiment or "no experiment"
        raise UsageError(f"sweep {folder.name} holds {held}, not {given}; choose another sweep.name")
    if manifest.config.get(FUNCTION) != spec.config.get(FUNCTION):
        raise UsageError(
            f"sweep {folder.name} was made with another function, or this one has changed since: choose"
            " another name"
        )
    _refuse_elsewhere(folder, spec)
    if manifest.code != os.fspath(spec.project):
        if not os.path.isdir(manifest.code):
            raise UsageError(
                f"sweep {folder.name} belongs to the project {manifest.code}, which is not there; if this"
                f" is it, moved: cvsweep resume --code . {sweep_argument(folder.paths.folder)}; else choose"
                " another sweep.name"
            )
        raise UsageError(
            f"sweep {folder.name} belongs to the project {manifest.code}; choose another sweep.name"
        )


def refuse_equal_keys(folder: SweepFolder, trials: Sequence[Trial]) -> None:
    """Raise UsageError if several new points have one key and so would become one trial.

    In a sweep of format 1, points that differ only in a choice have the same key.
    """
    there, first = folder.state().by_key, dict[str, Trial]()
    for trial in trials:
        other = first.setdefault(trial.key, trial)
        if other is not trial and trial.key not in there:
            differing = [key for key, option in trial.choices.items() if other.choices.get(key) != option]
            one, two = (
                ", ".join(f"{key}={it.choices.get(key)}" for key in differing) for it in (other, trial)
            )
            raise UsageError(
                f"sweep {folder.name} was made by an older version, to which {one} and {two} are one trial if"
                " nothing else differs; choose another sweep.name"
            )


def warn_of_other_flags(folder: SweepFolder, spec: SweepSpec, observers: Observers) -> None:
    """Warn if the points have other values of --config-name or --config-dir than the sweep.

    Points of one sweep usually come from the same configuration.
    """
    former, flags = folder.manifest.flags, spec.flags
    for flag in dict.fromkeys([*former, *flags]):
        if former.get(flag) != flags.get(flag):
            was = f"with {flag} {former[flag]}" if flag in former else f"without {flag}"
            now = f"{flag} {flags[flag]}" if flag in flags else f"no {flag}"
            observers.warn(f"{folder.name} was made {was}, these points with {now}: they may differ in more")


def _refuse_elsewhere(folder: SweepFolder, spec: SweepSpec) -> None:
    """Raise UsageError if the cluster is another one: all trials of a sweep run on the same cluster.

    Otherwise the controller could not observe the attempts on the former cluster.
    """
    there, here = clusters.of(folder.settings.cluster), clusters.of(spec.settings.cluster)
    if there.name != here.name:
        raise UsageError(f"sweep {folder.name} runs on {there.name}; choose another sweep.name")
    if where := there.is_elsewhere(here):
        raise UsageError(f"sweep {folder.name} runs {where}; choose another sweep.name")
