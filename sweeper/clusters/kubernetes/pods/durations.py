"""How long a pod's program ran, and how long the pod held quota. Pure.

The timestamps in the pod are used first: they come from the clocks of the node and of the API server, and
exist even if no controller ran at that time. Without them, the time that this controller observed on its
own clock is used.
"""

from __future__ import annotations

import datetime

from sweeper.clusters.kubernetes import raw
from sweeper.clusters.kubernetes.pods import main_container
from sweeper.clusters.kubernetes.raw import TERMINAL, Raw, text


def between(since: str, until: str) -> float | None:
    """Return the seconds between two timestamps of the API; None if either is missing or invalid."""
    try:
        first, last = map(datetime.datetime.fromisoformat, (since, until))
        return max(0.0, (last - first).total_seconds())
    except (ValueError, TypeError):
        return None


def ran_for(pod: Raw) -> float | None:
    """Return the seconds from the main container's start to its end; 0.0 if it never ran. None: unknown."""
    status = main_container.status_of(pod)
    if main_container.never_began(status):
        return 0.0
    ended = main_container.terminated(status)
    return between(text(ended, "startedAt"), text(ended, "finishedAt"))


def held_for(pod: Raw) -> float | None:
    """Return the seconds from the pod's creation until its last container ended, which frees its quota.

    None: unknown, or not ended yet.
    """
    ends = [text(main_container.terminated(one), "finishedAt") for one in raw.containers(pod)]
    if raw.phase(pod) not in TERMINAL or not all(ends):
        return None
    return between(main_container.created_at(pod), max(ends, default=""))


def ended_ago(pod: Raw, age: float) -> float:
    """Return the seconds since the main container ended, if `began_at` is `age` seconds ago; else 0.0."""
    ended = text(main_container.terminated(main_container.status_of(pod)), "finishedAt")
    return max(0.0, age - (between(main_container.began_at(pod), ended) or 0.0)) if ended else 0.0
