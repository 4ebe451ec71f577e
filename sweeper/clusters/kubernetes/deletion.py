"""When the deletion of a pod is sent, and when a refusal is believed. Pure.

A deletion that fails is sent again, whatever the answer was, with growing waits. It ends only when the API
server agrees to it or reports that there is no such pod.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sweeper.clusters.kubernetes import refusals
from sweeper.clusters.kubernetes.api_errors import ApiError
from sweeper.clusters.kubernetes.refusals import Refusal

LONG = 120.0
"""Seconds to wait until a pod is gone after the server has agreed to delete it. Nothing is forced."""

YIELD = 1.0
"""Seconds for which the deletion of an ended pod waits, at most, while pods are being created.

A deletion costs the server as much as a creation, but only a creation puts an idle GPU to use.
"""

_DENIED = refusals.BELIEVED_AFTER[Refusal.DENIED]
BELIEVED_AFTER: Mapping[Refusal, float] = {**refusals.BELIEVED_AFTER, Refusal.NEVER: _DENIED}
"""Seconds after which a refusal is believed: then the sweep can end, although the deletion is still tried."""


def believed_after(error: Exception) -> float:
    """Return the seconds after which such a refusal of a deletion is believed; infinite if it never is."""
    return BELIEVED_AFTER.get(refusals.read(error), math.inf) if isinstance(error, ApiError) else math.inf


@dataclass(frozen=True, slots=True)
class Deletion:
    """The deletion of one pod. Times are on the backend's clock, in seconds.

    Attributes:
        name: the pod's name.
        since: when the deletion was first wanted.
        due: when to send it (again); None if its answer is awaited or the server has agreed.
        tries: the number of the current try, from 1.
        settled_at: when the server agreed, or when a lasting refusal was believed; None before.
        trouble: the message of the last failure; empty if there is none.
        is_gone: whether the server reported that there is no such pod any more.
        why: the reason for the deletion, for the log.
        yields: whether creates are sent first, since the pod has ended.
    """

    name: str
    since: float
    due: float | None = None
    tries: int = 1
    settled_at: float | None = None
    trouble: str = ""
    is_gone: bool = False
    why: str = "remove"
    yields: bool = False

    def is_due(self, now: float, *, busy: bool = False) -> bool:
        """Return True if the deletion must be sent now. `busy`: pods are being created."""
        if self.due is None or now < self.due:
            return False
        return not (busy and self.yields and self.tries == 1 and now - self.since <= YIELD)

    def asked(self) -> Deletion:
        """Return the deletion after it was sent."""
        return replace(self, due=None)

    def agreed(self, now: float, *, is_gone: bool = False) -> Deletion:
        """Return the deletion after the server agreed.

        `is_gone`: there is no such pod any more, although a watch may not have reported that yet.
        """
        return replace(self, due=None, settled_at=now, trouble="", is_gone=is_gone)

    def failed(self, now: float, rest: float, message: str, *, believed_after: float = math.inf) -> Deletion:
        """Return the deletion after a failure; it is sent again after `rest` seconds."""
        believed = now - self.since >= believed_after
        settled = self.settled_at if self.settled_at is not None or not believed else now
        return replace(self, due=now + rest, tries=self.tries + 1, settled_at=settled, trouble=message)

    def stood_still(self, seconds: float) -> Deletion:
        """Move the start times by `seconds`, for which the machine slept or the process was stopped."""
        settled = None if self.settled_at is None else self.settled_at + seconds
        return replace(self, since=self.since + seconds, settled_at=settled)

    def is_waited_for(self, now: float) -> bool:
        """Return True if a sweep that ends should wait for this deletion."""
        if self.is_gone:
            return False
        return self.settled_at is None or now - self.settled_at <= LONG

    def describe(self, now: float, after: float) -> str:
        """Return a message if the pod is not gone `after` seconds after its deletion was wanted, else ""."""
        if self.is_gone or now - self.since <= after:
            return ""
        if self.trouble:
            return f"the pod {self.name} is not deleted yet: {self.trouble}"
        if self.settled_at is None:
            return ""
        return f"the pod {self.name} does not go away; nothing is forced, its node or a finalizer holds it"
