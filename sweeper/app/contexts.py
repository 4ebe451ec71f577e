"""Build what a cluster needs to know of a sweep, from the sweep's folder and this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sweeper import clusters
from sweeper.app.observers import Observers
from sweeper.clusters import Cluster
from sweeper.clusters.base import Place, SweepContext
from sweeper.core.settings import Settings
from sweeper.files import atomic
from sweeper.files.regular import open_to_append

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder

_RECORD = 60.0
"""Seconds for which reading an attempt's exit record is retried while the volume is in trouble."""


def cluster_of(folder: SweepFolder, settings: Settings | None = None) -> Cluster[Any]:
    """Return the cluster of a sweep as this machine reaches it; `settings` replace those of the sweep."""
    return clusters.of((settings or folder.settings).cluster).located(place_of(folder))


def place_of(folder: SweepFolder) -> Place:
    """Return the path of a sweep now, and its path when it was last controlled."""
    manifest = folder.manifest
    former, inside = manifest.place.get("folder", ""), manifest.place.get("inside", "")
    if not inside and os.path.isdir(folder.paths.code):  # a sweep of an older version did not store it
        inside = manifest.start.removesuffix("/code")
    return Place(os.path.realpath(folder.paths.folder), former, inside if former else "")


def context_of(
    folder: SweepFolder,
    observers: Observers,
    settings: Settings | None = None,
    *,
    gone: Collection[str] = (),
) -> SweepContext:
    """Return the context that a cluster gets of an existing sweep.

    Args:
        folder: the sweep.
        observers: receive the messages of the cluster.
        settings: settings that will replace those of the sweep; None: they stay.
        gone: hosts that no longer exist.
    """
    from sweeper.store import attempts, machine  # only here: a check of a grid does not need them
    from sweeper.store.retrying import Retrier

    retry = Retrier(longest=_RECORD)
    us = machine.me()

    def has_record(out: str, uid: str) -> bool:
        record = retry(lambda: attempts.read_exit(out))
        return record is not None and record.uid == uid

    return SweepContext(
        folder.manifest.id,
        folder.manifest.name,
        folder.paths.folder,
        memory_factor=(settings or folder.settings).retry.memory_factor,
        environment=partial(_environment, folder),
        has_record=has_record,
        gone=gone,
        controller=f"{us.host}:{us.pid}",
        process=machine.process_name(us),
        is_dead=machine.is_dead,
        log=writer(folder.paths.cluster_log, observers),
        say=observers.say,
        warn=observers.warn,
    )


def _environment(folder: SweepFolder) -> dict[str, str]:
    from sweeper.app.environments import environment_of  # only when an attempt starts

    return environment_of(folder)


def context_of_new(sweep_id: str, name: str, root: str, observers: Observers) -> SweepContext:
    """Return the context that a cluster gets of a sweep to be created; `name` is empty if not chosen yet."""
    from sweeper.store import leftovers

    return SweepContext(
        sweep_id,
        name,
        os.path.join(root, name or sweep_id),
        say=observers.say,
        warn=observers.warn,
        sign=leftovers.sign,
        left=partial(leftovers.find, os.path.realpath(root)),
    )


def writer(path: str, observers: Observers) -> Callable[[Mapping[str, Any]], None]:
    """Return a function that appends records to the log `path`; it warns of the first failure only."""
    complained = False

    def write(record: Mapping[str, Any]) -> None:
        nonlocal complained
        try:
            with open(open_to_append(path), "a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        except OSError as error:
            if not complained:
                complained = True
                observers.warn(
                    f"{atomic.failure(f'writing {path}', error)}; the sweep goes on without this log"
                )

    return write
