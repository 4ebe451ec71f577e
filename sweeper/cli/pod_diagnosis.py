"""What a cluster shows of one trial, for `cvsweep diagnose`.

The Kubernetes client is imported by what is imported here: import this module only where a cluster is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import yaml

from sweeper.backends.kubernetes.pods import described
from sweeper.backends.kubernetes.server.api import ApiError, Unreachable
from sweeper.backends.kubernetes.server.patience import patiently
from sweeper.cli.diagnosing import cluster_log
from sweeper.cli.pods import Pods
from sweeper.core.diagnosis import Section
from sweeper.core.errors import CvsweepError

if TYPE_CHECKING:
    from sweeper.backends.kubernetes.raw import Json
    from sweeper.core.model import Attempt
    from sweeper.store.folder import SweepFolder

_PATIENCE = 10.0
_LOG = 64 * 1024


def of_cluster(folder: SweepFolder, attempt: Attempt) -> Iterator[Section]:
    """The pod as the cluster shows it now, and the quotas; where that cannot be read, why."""
    try:
        access = Pods(folder)
    except CvsweepError as error:
        yield Section("cluster", f"it cannot be asked: {error}")
        return
    with closing(access):
        yield from _of_pod(access, attempt)
    yield cluster_log(folder, access.name(attempt))


def _of_pod(access: Pods, attempt: Attempt) -> Iterator[Section]:
    name = access.name(attempt)
    yield Section("cluster", f"{access.api.access.identity}\nthe attempt's pod: {name}")
    pod = None
    try:
        pod = access.find(attempt)
        yield Section("pod", "\n".join(described.described(pod)) if pod else "it is not there (any more)")
    except CvsweepError as error:
        yield Section("pod", f"it cannot be read: {error}")
    yield Section("pod, its events", _asked(lambda: "\n".join(described.events(_events(access, name)))))
    yield Section("quotas", _asked(lambda: "\n".join(described.quotas(_list(access, "resourcequotas")))))
    if pod:
        yield Section("pod, its output, the end", _asked(partial(_output, access, attempt)))
        yield Section("pod, as YAML", yaml.safe_dump(described.masked_pod(pod), sort_keys=False))


def _asked(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (ApiError, Unreachable, CvsweepError) as error:
        return f"it cannot be read: {error}"


def _events(access: Pods, name: str) -> list[Json]:
    """Events outlive their pod by an hour or so."""
    return _list(access, "events", fieldSelector=f"involvedObject.name={name}")


def _list(access: Pods, resource: str, **query: str) -> list[Json]:
    api = access.api
    return list(patiently(lambda: api.get(api.path(resource), **query), seconds=_PATIENCE).get("items") or ())


def _output(access: Pods, attempt: Attempt) -> str:
    end = b""
    for piece in access.log(attempt, follow=False):
        end = (end + piece)[-_LOG:]
    return end.decode(errors="replace")
