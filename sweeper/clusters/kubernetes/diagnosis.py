"""The sections of `cvsweep diagnose` about the cluster: a trial's pod, its events and log, and the quotas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import yaml

from sweeper.clusters.kubernetes.attempt_pods import Pods
from sweeper.clusters.kubernetes.pods import described
from sweeper.clusters.kubernetes.server.api import ApiError, Unreachable
from sweeper.clusters.kubernetes.server.retries import retried
from sweeper.core.diagnosis import DiagnosisSection
from sweeper.core.errors import CvsweepError
from sweeper.files.regular import read_limited

if TYPE_CHECKING:
    from sweeper.clusters.kubernetes.raw import Json
    from sweeper.core.model import Attempt

_TIMEOUT = 10.0
_LOG = 64 * 1024
_LINES = 200


def sections(access: Pods, attempt: Attempt, log: str) -> Iterator[DiagnosisSection]:
    """Yield the sections; one whose content cannot be read contains the reason.

    Args:
        access: the pods of the sweep.
        attempt: the attempt.
        log: the path of cluster.log, which records the requests to the cluster.
    """
    name = access.name(attempt)
    yield DiagnosisSection("cluster", f"{access.api.access.identity}\nthe attempt's pod: {name}")
    pod = None
    try:
        pod = access.find(attempt)
        yield DiagnosisSection(
            "pod", "\n".join(described.described(pod)) if pod else "it is not there (any more)"
        )
    except CvsweepError as error:
        yield DiagnosisSection("pod", f"it cannot be read: {error}")
    yield DiagnosisSection(
        "pod, its events", _asked(lambda: "\n".join(described.events(_events(access, name))))
    )
    yield DiagnosisSection(
        "quotas", _asked(lambda: "\n".join(described.quotas(_list(access, "resourcequotas"))))
    )
    if pod:
        yield DiagnosisSection("pod, its output, the end", _asked(partial(_output, access, attempt)))
        yield DiagnosisSection("pod, as YAML", yaml.safe_dump(described.masked_pod(pod), sort_keys=False))
    yield asked_about(log, name)


def asked_about(log: str, pod: str) -> DiagnosisSection:
    """Return the section with the last lines of cluster.log that contain the name of the pod."""
    lines = (read_limited(log, 8 << 20, tail=True) or b"").decode(errors="replace")
    about = [line for line in lines.splitlines() if pod in line]
    return DiagnosisSection("cluster.log, about its pod", "\n".join(about[-_LINES:]))


def _asked(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (ApiError, Unreachable, CvsweepError) as error:
        return f"it cannot be read: {error}"


def _events(access: Pods, name: str) -> list[Json]:
    """Return the events about the pod of this name; they outlive the pod by about an hour."""
    return _list(access, "events", fieldSelector=f"involvedObject.name={name}")


def _list(access: Pods, resource: str, **query: str) -> list[Json]:
    api = access.api
    return list(retried(lambda: api.get(api.path(resource), **query), seconds=_TIMEOUT).get("items") or ())


def _output(access: Pods, attempt: Attempt) -> str:
    end = b""
    for piece in access.log(attempt, follow=False):
        end = (end + piece)[-_LOG:]
    return end.decode(errors="replace")
