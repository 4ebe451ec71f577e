"""Checks of a sweep's owner: other users may read it, but not run or change it, or use its kubeconfig."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.clusters import Cluster
from sweeper.core.errors import UsageError
from sweeper.core.ownership import ROOT, wide_warning
from sweeper.store import owner

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder


def require_own(folder: SweepFolder) -> None:
    """Raise UsageError if the sweep is another user's: its commands, code and kubeconfig are not used."""
    if not owner.is_own(folder.paths):
        theirs, ours = (owner.name_of(uid) for uid in (owner.owner_of(folder.paths), os.geteuid()))
        raise UsageError(
            f"sweep {folder.name} belongs to {theirs}, and you are {ours}: only its owner can run or change"
            " it. You can read it: cvsweep status, logs, results"
        )


def require_right_to_ask(folder: SweepFolder) -> None:
    """Raise UsageError if the sweep is another user's; root may send requests to a live controller."""
    if os.geteuid() != ROOT or not folder.is_held():
        require_own(folder)


def report_path(folder: SweepFolder, observers: Observers) -> str:
    """Return the path of a sweep's report: in its folder, or in the current one if another user owns it."""
    if owner.is_own(folder.paths):
        return folder.paths.report
    theirs = owner.name_of(owner.owner_of(folder.paths))
    observers.say(f"sweep {folder.name} belongs to {theirs}: its report is written into the current folder")
    return os.path.abspath(f"report-{folder.name}.html")


def check_folder(folder: SweepFolder, observers: Observers) -> None:
    """Check a sweep's files before it is controlled, and warn if other users may write to them.

    Raises:
        StorageError: the journal, or the copy of the project that trials run, belongs to another user.
    """
    if warning := wide_warning(folder.name, folder.paths.folder, owner.wide(folder.paths)):
        observers.warn(warning)
    ours = owner.owner_of(folder.paths)
    owner.check_journal(folder.paths, ours)
    if clusters.is_frozen(folder.settings):
        owner.check_code(folder.paths, ours)


def cluster_for_reader(folder: SweepFolder, observers: Observers) -> Cluster[Any]:
    """Return the cluster of a sweep that is only read; for another user's sweep, with our own credentials."""
    cluster = clusters.of(folder.settings.cluster)
    if owner.is_own(folder.paths):
        return cluster
    theirs, ours = owner.name_of(owner.owner_of(folder.paths)), cluster.for_reader()
    if ours is not cluster:
        observers.say(
            f"sweep {folder.name} belongs to {theirs}: its cluster is asked with your own"
            f" {cluster.credentials}"
        )
    return ours
