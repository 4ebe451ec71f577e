"""When the deletion of a pod is sent, and when its answer is believed. Pure.

A pod that is to go must go: whatever odd answer a deletion gets, it is asked for again, with longer rests.
Only the API server's own "there is no such pod" ends that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sweeper.clusters.kubernetes import refusals
from sweeper.clusters.kubernetes.api_errors import ApiError
from sweeper.clusters.kubernetes.refusals import Refusal

LONG = 120.0
"""Seconds to wait for a pod to go after the server has agreed to delete it. Nothing is forced."""

YIELD = 1.0
"""For so many seconds at most a pod that has ended waits for those that are being created.

A deletion costs the server as much as a creation does, and of the two only one fills an idle GPU.
"""

_DENIED = refusals.BELIEVED_AFTER[Refusal.DENIED]
BELIEVED_AFTER: Mapping[Refusal, float] = {**refusals.BELIEVED_AFTER, Refusal.NEVER: _DENIED}
"""Seconds after which a refusal is believed: nobody waits for ever then, though it is still tried."""


def believed_after(error: Exception) -> float:
    """Seconds for which the server may refuse a deletion in this way until it is believed."""
    return BELIEVED_AFTER.get(refusals.read(error), math.inf) if isinstance(error, ApiError) else math.inf


@dataclass(frozen=True, slots=True)
class Deletion:
    """One pod's; times are the backend's.

    `due` is when to ask (again); None: its answer is awaited, or nothing more need be asked. `settled_at` is
    when the server agreed, or had refused for so long that it is believed; `trouble` is its message
    otherwise. `why` is for the log; `yields`: the pod has ended, and creates go first.
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
        """Is it to be asked for now? `busy`: pods are being created."""
        if self.due is None or now < self.due:
            return False
        return not (busy and self.yields and self.tries == 1 and now - self.since <= YIELD)

    def asked(self) -> Deletion:
        """It is being asked for."""
        return replace(self, due=None)

    def agreed(self, now: float, *, is_gone: bool = False) -> Deletion:
        """The server has agreed. `is_gone`: there is no such pod any more; the watch may lag behind."""
        return replace(self, due=None, settled_at=now, trouble="", is_gone=is_gone)

    def failed(self, now: float, rest: float, message: str, *, believed_after: float = math.inf) -> Deletion:
        """It did not work, and is tried again after `rest` seconds."""
        believed = now - self.since >= believed_after
        settled = self.settled_at if self.settled_at is not None or not believed else now
        return replace(self, due=now + rest, tries=self.tries + 1, settled_at=settled, trouble=message)

    def stood_still(self, seconds: float) -> Deletion:
        """Move the start times by `seconds`, for which the machine slept or the process was stopped."""
        settled = None if self.settled_at is None else self.settled_at + seconds
        return replace(self, since=self.since + seconds, settled_at=settled)

    def is_waited_for(self, now: float) -> bool:
        """Is it worth waiting for at the end of a sweep?"""
        if self.is_gone:
            return False
        return self.settled_at is None or now - self.settled_at <= LONG

    def describe(self, now: float, after: float) -> str:
        """A line on a deletion that has not come to its end `after` seconds after it was asked for."""
        if self.is_gone or now - self.since <= after:
            return ""
        if self.trouble:
            return f"the pod {self.name} is not deleted yet: {self.trouble}"
        if self.settled_at is None:
            return ""
        return f"the pod {self.name} does not go away; nothing is forced, its node or a finalizer holds it"
