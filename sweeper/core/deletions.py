"""Counts attempts that others deleted, and gives a reason to pause if there are many in an hour.

All times come from the journal, so a controller that reads it again gets the same count.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple

from sweeper.core.model import Cause, Outcome

WINDOW = 3600.0
"""Seconds within which deletions are counted together."""

_PER_TRIAL = 4
"""A sweep pauses after more than this many times `pause_after` deletions in one window."""


class ForeignDeletion(NamedTuple):
    """A deletion at wall time `at` (Unix seconds); `error` names who deleted it, if that is known."""

    at: float
    error: str


class Deletions:
    """The attempts that were deleted in the last hour and since the last trial completed."""

    def __init__(self) -> None:
        self._found: deque[ForeignDeletion] = deque()

    def __len__(self) -> int:
        return len(self._found)

    def learn(self, outcome: Outcome) -> None:
        """Count an outcome if its cause is DELETED; preemption has a cause of its own and does not count."""
        if outcome.cause is Cause.COMPLETED:
            self.clear()
        elif outcome.cause is Cause.DELETED:
            # abs(): deletions with a later time are dropped, too, since the clock was set back after them.
            while self._found and abs(outcome.ended_at - self._found[0].at) >= WINDOW:
                self._found.popleft()
            self._found.append(ForeignDeletion(outcome.ended_at, outcome.error))

    def clear(self) -> None:
        """Reset the count, after a trial completed or a user resumed the sweep."""
        self._found.clear()

    def reason_to_pause(self, pause_after: int) -> str:
        """Return why the sweep should pause; empty if deletions are few, or if `pause_after` is 0."""
        if not pause_after or len(self._found) <= _PER_TRIAL * pause_after:
            return ""
        ((error, _),) = Counter(one.error for one in self._found).most_common(1)
        why = f": {error}" if error else ""
        return f"{len(self._found)} attempts were ended from outside within an hour, and none completed{why}"
