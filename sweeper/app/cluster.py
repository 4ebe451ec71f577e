"""A sweep on a cluster: who we are there, whether it could work, and the backend that runs it.

The Kubernetes client is imported by what is imported here, and takes up to two seconds: import this
module only where a cluster is meant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sweeper import clusters
from sweeper.app.events import Observers
from sweeper.clusters.check import Check, Level
from sweeper.clusters.kubernetes.backend import KubernetesBackend
from sweeper.clusters.kubernetes.checks.preflight import checks
from sweeper.clusters.kubernetes.checks.probe import delete_left, probe
from sweeper.clusters.kubernetes.holder import Controller
from sweeper.clusters.kubernetes.lease import Lease
from sweeper.clusters.kubernetes.pods import places
from sweeper.clusters.kubernetes.pods.identity import SweepLabel, labels
from sweeper.clusters.kubernetes.pods.placeholders import check_filled
from sweeper.clusters.kubernetes.server.access import Access, resolve
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import BackendError
from sweeper.core.settings import Settings
from sweeper.files import atomic
from sweeper.files.regular import open_to_append
from sweeper.store import leftovers, machine
from sweeper.store.folder import SweepFolder


def _own(settings: Settings) -> KubernetesSettings:
    found = clusters.of(settings.cluster).settings
    assert isinstance(found, KubernetesSettings)
    return found


def connect(settings: KubernetesSettings) -> Api:
    """The cluster that the settings mean."""
    return Api(Access(settings))


def introduce(settings: KubernetesSettings, observers: Observers) -> None:
    """Say where pods will be created, and as whom, before any is."""
    observers.say(f"cluster: {Access(settings).identity}")


def resolved(settings: Settings, api: Api) -> Settings:
    """The settings with who and where we are, so that they mean the same to every later controller.

    UsageError where a login cannot stand where the settings put it.
    """
    own = _own(settings)
    full = replace(own, **resolve(own, api.access.identity))
    check_filled(full)
    return replace(settings, cluster=clusters.plain(full))


def prepare(settings: Settings, sweep: SweepLabel, root: str, observers: Observers) -> Settings:
    """Say where the pods will run, look whether they can, and return the settings in full.

    BackendError, with the first thing that is wrong, where a run could not work.
    """
    api = connect(_own(settings))
    observers.say(f"cluster: {api.access.identity}")
    settings = resolved(settings, api)
    for check in look(api, settings, sweep, root, observers):
        if check.level is Level.FAILURE:
            raise BackendError(f"{check.name}: {spelled(check)}")
        if check.level is Level.WARNING:
            observers.warn(f"{check.name}: {spelled(check)}")
    return settings


def look(api: Api, settings: Settings, sweep: SweepLabel, root: str, observers: Observers) -> Iterator[Check]:
    """Everything that can be looked at before the first pod, one thing after another."""
    cluster = _own(settings)
    well = True
    root = os.path.realpath(root)
    for check in checks(api, cluster, sweep, root):
        well = well and check.level is not Level.FAILURE
        yield check
    if well and cluster.probe:
        yield _probe(api, cluster, sweep, root, observers)


def _probe(
    api: Api, cluster: KubernetesSettings, sweep: SweepLabel, root: str, observers: Observers
) -> Check:
    _tidy(api, root, observers)
    try:
        return probe(api, cluster, sweep, root, observers.say, leftovers.sign)
    except (ApiError, Unreachable) as error:
        return Check("shared path", Level.WARNING, f"not looked at: {error}")


def _tidy(api: Api, root: str, observers: Observers) -> None:
    """Remove what probes of ours have left that were killed: the pod first, to which the folder leads."""
    left = leftovers.find(root, leftovers.PROBES)
    if not left:
        return
    try:
        delete_left(api, left)
    except (ApiError, Unreachable) as error:
        observers.warn(f"the pod of a run that was killed is not deleted yet: {error}")
    else:
        leftovers.remove(left)


def spelled(check: Check) -> str:
    """What was seen, and what to do about it."""
    return f"{check.said}; {check.remedy}" if check.remedy else check.said


def lease(folder: SweepFolder, api: Api | None = None) -> Lease | None:
    """The lease that says who controls the sweep; None if none is to be used."""
    settings = _own(folder.settings)
    if not settings.lease:
        return None
    here, there = os.path.realpath(folder.paths.folder), machine.me()
    mine = Controller(
        f"{settings.user}@{there.host}:{there.pid}",
        machine.process_name(there),
        places.in_pod(settings, here),
        str(os.stat(here).st_ino),
    )
    label = _label(folder)
    return Lease(api or connect(settings), label.id, mine, labels(label), machine.is_dead)


def backend(folder: SweepFolder, observers: Observers, settings: Settings | None = None) -> KubernetesBackend:
    """The backend of the sweep in `folder`; `settings` will hold for it instead of those that it has."""
    settings = settings or folder.settings
    own = _own(settings)
    here = folder.paths.folder
    there = places.in_pod(own, os.path.realpath(here))

    def in_pod(path: str) -> str:
        return there + path.removeprefix(here)

    api = connect(own)
    return KubernetesBackend(
        own,
        _label(folder),
        api,
        lease=lease(folder, api),
        in_pod=in_pod,
        memory_factor=settings.retry.memory_factor,
        log=_log(folder.paths.cluster_log, observers),
    )


def _label(folder: SweepFolder) -> SweepLabel:
    return SweepLabel(folder.manifest.id, folder.manifest.name)


def _log(path: str, observers: Observers) -> Callable[[Mapping[str, Any]], None]:
    """Appends to the log for people. That it cannot be written is said once, and has no other consequence."""
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
