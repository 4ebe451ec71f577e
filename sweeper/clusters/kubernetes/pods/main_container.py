"""The container that runs the attempt. Others (an injected proxy, a log shipper) do not show its state."""

from __future__ import annotations

from datetime import datetime

from sweeper.clusters.kubernetes.pods.template import OWN_VARIABLES, TRIAL
from sweeper.clusters.kubernetes.raw import Raw, in_state, part, parts, text

_EPOCH = "1970-"


def name_of(pod: Raw) -> str:
    """Return the name of the main container; empty if the pod has no container.

    It is always `trial` in pods of this version. In a pod of another version it is the container that has our
    variables, or else the first one of the specification: admission webhooks may reorder the statuses.
    """
    containers = parts(part(pod, "spec"), "containers") or parts(part(pod, "status"), "containerStatuses")
    names = [text(one, "name") for one in containers]
    if TRIAL in names:
        return TRIAL
    return next((text(one, "name") for one in containers if _has_our_variables(one)), next(iter(names), ""))


def status_of(pod: Raw) -> Raw:
    """Return the status of the main container; empty if the pod has none yet."""
    name = name_of(pod)
    statuses = parts(part(pod, "status"), "containerStatuses")
    return next((one for one in statuses if text(one, "name") == name), {})


def has_ended(pod: Raw) -> bool:
    """Whether the main container has terminated. It is never restarted, even if others still run."""
    return in_state(status_of(pod), "terminated")


def terminated(container: Raw) -> Raw:
    """Return the `terminated` state in the status of any container; empty if it has not ended."""
    return part(part(container, "state"), "terminated")


def never_began(container: Raw) -> bool:
    """Whether a container ended without having run; runtimes set its start time to 1970 in that case."""
    return text(terminated(container), "startedAt").startswith(_EPOCH)


def has_run(pod: Raw) -> bool:
    """Whether the main container is known to have run; False if it ended without a valid start time."""
    status = status_of(pod)
    began = text(terminated(status), "startedAt")
    return in_state(status, "running") or bool(began and not began.startswith(_EPOCH))


def began_at(pod: Raw) -> str:
    """Return the timestamp of the main container's start, or else of when a node accepted the pod."""
    state = part(status_of(pod), "state")
    stamps = (text(part(state, kind), "startedAt") for kind in ("running", "terminated"))
    begun = next((stamp for stamp in stamps if stamp and not stamp.startswith(_EPOCH)), "")
    return begun or text(part(pod, "status"), "startTime")


def created_at(pod: Raw) -> str:
    """Return the server's timestamp of when the pod was created."""
    return text(part(pod, "metadata"), "creationTimestamp")


def elapsed(stamp: str, at: float) -> float | None:
    """Return the seconds from the timestamp `stamp` to `at` (Unix time); None if there is no timestamp."""
    return max(0.0, at - datetime.fromisoformat(stamp).timestamp()) if stamp else None


def _has_our_variables(container: Raw) -> bool:
    return any(text(one, "name").startswith(OWN_VARIABLES) for one in parts(container, "env"))
