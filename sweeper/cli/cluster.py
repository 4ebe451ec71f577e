"""A sweep on a cluster: who we are there, whether it could work, and the backend that runs it.

The Kubernetes client is imported by what is imported here, and takes up to two seconds: import this
module only where a cluster is meant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from sweeper.backends.check import Check, Level
from sweeper.backends.kubernetes.backend import KubernetesBackend
from sweeper.backends.kubernetes.checks.preflight import checks
from sweeper.backends.kubernetes.checks.probe import delete_left, probe
from sweeper.backends.kubernetes.holder import Controller
from sweeper.backends.kubernetes.lease import Lease
from sweeper.backends.kubernetes.pods import places
from sweeper.backends.kubernetes.pods.identity import SweepLabel, labels
from sweeper.backends.kubernetes.pods.placeholders import check_filled
from sweeper.backends.kubernetes.server.access import Access, resolve
from sweeper.backends.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.cli.common import say
from sweeper.core.cluster import KubernetesSettings
from sweeper.core.errors import BackendError
from sweeper.core.settings import Settings
from sweeper.store import atomic, leftovers, machine
from sweeper.store.folder import SweepFolder
from sweeper.store.regular import open_to_append


def connect(settings: KubernetesSettings) -> Api:
    """The cluster that the settings mean; whoever connects closes it."""
    return Api(Access(settings))


def introduce(settings: KubernetesSettings) -> None:
    """Say where pods will be created, and as whom, before any is."""
    say(f"cluster: {Access(settings).identity}")


def resolved(settings: Settings, api: Api) -> Settings:
    """The settings with who and where we are, so that they mean the same to every later controller.

    UsageError where a login cannot stand where the settings put it.
    """
    assert isinstance(settings.cluster, KubernetesSettings)
    full = replace(settings.cluster, **resolve(settings.cluster, api.access.identity))
    check_filled(full)
    return replace(settings, cluster=full)


def prepare(settings: Settings, sweep: SweepLabel, root: str) -> Settings:
    """Say where the pods will run, look whether they can, and return the settings in full.

    BackendError, with the first thing that is wrong, where a run could not work.
    """
    assert isinstance(settings.cluster, KubernetesSettings)
    with closing(connect(settings.cluster)) as api:
        say(f"cluster: {api.access.identity}")
        settings = resolved(settings, api)
        for check in look(api, settings, sweep, root):
            if check.level is Level.FAILURE:
                raise BackendError(f"{check.name}: {spelled(check)}")
            if check.level is Level.WARNING:
                say(f"warning: {check.name}: {spelled(check)}")
    return settings


def look(api: Api, settings: Settings, sweep: SweepLabel, root: str) -> Iterator[Check]:
    """Everything that can be looked at before the first pod, one thing after another."""
    cluster = settings.cluster
    assert isinstance(cluster, KubernetesSettings)
    well = True
    root = os.path.realpath(root)
    for check in checks(api, cluster, sweep, root):
        well = well and check.level is not Level.FAILURE
        yield check
    if well and cluster.probe:
        yield _probe(api, cluster, sweep, root)


def _probe(api: Api, cluster: KubernetesSettings, sweep: SweepLabel, root: str) -> Check:
    _tidy(api, root)
    try:
        return probe(api, cluster, sweep, root, say, leftovers.sign)
    except (ApiError, Unreachable) as error:
        return Check("shared path", Level.WARNING, f"not looked at: {error}")


def _tidy(api: Api, root: str) -> None:
    """Remove what probes of ours have left that were killed: the pod first, to which the folder leads."""
    left = leftovers.find(root, leftovers.PROBES)
    if not left:
        return
    try:
        delete_left(api, left)
    except (ApiError, Unreachable) as error:
        say(f"warning: the pod of a run that was killed is not deleted yet: {error}")
    else:
        leftovers.remove(left)


def spelled(check: Check) -> str:
    """What was seen, and what to do about it."""
    return f"{check.said}; {check.remedy}" if check.remedy else check.said


def lease(folder: SweepFolder, api: Api) -> Lease | None:
    """The lease that says who controls the sweep; None if none is to be used."""
    settings = folder.settings.cluster
    assert isinstance(settings, KubernetesSettings)
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
    return Lease(api, label.id, mine, labels(label), machine.is_dead)


def backend(folder: SweepFolder, settings: Settings | None = None) -> KubernetesBackend:
    """The backend of the sweep in `folder`; `settings` will hold for it instead of those that it has.

    It closes its connections when it is closed.
    """
    settings = settings or folder.settings
    assert isinstance(settings.cluster, KubernetesSettings)
    here = folder.paths.folder
    there = places.in_pod(settings.cluster, os.path.realpath(here))

    def in_pod(path: str) -> str:
        return there + path.removeprefix(here)

    api = connect(settings.cluster)
    return KubernetesBackend(
        settings.cluster,
        _label(folder),
        api,
        lease=lease(folder, api),
        in_pod=in_pod,
        memory_factor=settings.retry.memory_factor,
        log=_log(folder.paths.cluster_log),
    )


def _label(folder: SweepFolder) -> SweepLabel:
    return SweepLabel(folder.manifest.id, folder.manifest.name)


def _log(path: str) -> Callable[[Mapping[str, Any]], None]:
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
                say(
                    f"warning: {atomic.failure(f'writing {path}', error)}; the sweep goes on without this log"
                )

    return write
