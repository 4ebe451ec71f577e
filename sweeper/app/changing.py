"""Change settings of an existing sweep, whether it runs or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweeper.app.asking import ask
from sweeper.app.metric_hints import unreported
from sweeper.app.observers import Observers
from sweeper.clusters import registry
from sweeper.core.errors import UsageError
from sweeper.core.formatting import escape
from sweeper.core.model import Status
from sweeper.core.setting_changes import changed
from sweeper.results.best import reported
from sweeper.store.folder import SweepFolder
from sweeper.store.requests import new_request


def change(folder: SweepFolder, changes: Mapping[str, Any], observers: Observers) -> bool:
    """Change settings of a sweep from now on; a live controller applies them at its next turn.

    These can change: the limits of the cluster (`cluster.max_parallel`, `cluster.max_gpus`,
    `cluster.reserve`), `retry.*`, `sweep.pause_after`, `results.metric`, `results.mode` and
    `results.required`. They are stored in sweep.json, and the journal records each change.

    Args:
        folder: the sweep.
        changes: values by the full names of their settings.
        observers: receive messages for users.

    Returns:
        Whether anything has changed.

    Raises:
        UsageError: a setting cannot change, a value is invalid, or the sweep belongs to another user.
        ControllerError: the controller does not answer, or has refused it.
        StorageError: the sweep's folder cannot be written.
    """
    after = changed(folder.settings, changes, registry.live(folder.settings.cluster))
    if changes.get("results.metric"):
        _check_metric(folder, changes["results.metric"])
    if after == folder.settings:
        return False
    ask(folder, new_request("set", settings=dict(changes)), observers)
    return True


def _check_metric(folder: SweepFolder, wanted: str) -> None:
    """Raise UsageError if completed trials have metrics, but none of them has this one."""
    found: dict[str, None] = {}
    for one in folder.state().trials:
        metrics = one.outcome.metrics if one.outcome and one.status is Status.COMPLETED else {}
        if reported(metrics, wanted) is not None:
            return
        found |= dict.fromkeys(metrics)
    if found:
        raise UsageError(
            escape(f"{unreported(wanted, found)}; so the sweep's settings are left as they were")
        )
