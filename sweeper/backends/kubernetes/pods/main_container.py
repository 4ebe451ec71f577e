"""The container that runs the attempt. Others (an injected proxy, a log shipper) say nothing of its life."""

from __future__ import annotations

from sweeper.backends.kubernetes.pods.template import OWN_VARIABLES, TRIAL
from sweeper.backends.kubernetes.raw import Raw, in_state, part, parts, text


def name_of(pod: Raw) -> str:
    """Its name; empty if the pod shows no container.

    Today it is always `trial`. In a pod of another version it is the container that has our variables,
    or else the first one of the specification: admission webhooks may reorder the statuses.
    """
    containers = parts(part(pod, "spec"), "containers") or parts(part(pod, "status"), "containerStatuses")
    names = [text(one, "name") for one in containers]
    if TRIAL in names:
        return TRIAL
    return next((text(one, "name") for one in containers if _has_our_variables(one)), next(iter(names), ""))


def status_of(pod: Raw) -> Raw:
    """Its status; empty if the pod shows none."""
    name = name_of(pod)
    statuses = parts(part(pod, "status"), "containerStatuses")
    return next((one for one in statuses if text(one, "name") == name), {})


def has_ended(pod: Raw) -> bool:
    """Has it terminated? It is never started again, whatever else still runs in the pod."""
    return in_state(status_of(pod), "terminated")


def began_at(pod: Raw) -> str:
    """The server's stamp of when it began to run, or else of when a node took the pod."""
    running = part(part(status_of(pod), "state"), "running")
    return text(running, "startedAt") or text(part(pod, "status"), "startTime")


def _has_our_variables(container: Raw) -> bool:
    return any(text(one, "name").startswith(OWN_VARIABLES) for one in parts(container, "env"))
