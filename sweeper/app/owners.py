"""Sweeps of other members: they can be read. Only our own are run or changed, or give us a kubeconfig."""

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
    """UsageError if the sweep is another user's: its commands, its code and its kubeconfig are not used."""
    if not owner.is_own(folder.paths):
        theirs, ours = (owner.name_of(uid) for uid in (owner.owner_of(folder.paths), os.geteuid()))
        raise UsageError(
            f"sweep {folder.name} belongs to {theirs}, and you are {ours}: only its owner can run or change"
            " it. You can read it: cvsweep status, logs, results"
        )


def require_right_to_ask(folder: SweepFolder) -> None:
    """The same, but root may ask the controller that lives."""
    if os.geteuid() != ROOT or not folder.is_held():
        require_own(folder)


def report_path(folder: SweepFolder, observers: Observers) -> str:
    """The file of a sweep's report: in its folder, or, if it is another member's, in the current one."""
    if owner.is_own(folder.paths):
        return folder.paths.report
    theirs = owner.name_of(owner.owner_of(folder.paths))
    observers.say(f"sweep {folder.name} belongs to {theirs}: its report is written into the current folder")
    return os.path.abspath(f"report-{folder.name}.html")


def check_folder(folder: SweepFolder, observers: Observers) -> None:
    """Look at the folder once it is ours to control: who may write to it, and whose its commands are."""
    if warning := wide_warning(folder.name, folder.paths.folder, owner.wide(folder.paths)):
        observers.warn(warning)
    ours = owner.owner_of(folder.paths)
    owner.check_journal(folder.paths, ours)
    if clusters.is_frozen(folder.settings):
        owner.check_code(folder.paths, ours)


def cluster_for_reader(folder: SweepFolder, observers: Observers) -> Cluster[Any]:
    """The cluster of a sweep that is only read: another member's is reached with our own credentials."""
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
