"""When the next create may be sent after a refusal, and when the namespace is listed again. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sweeper.backoff import Backoff

REFUSED = Backoff(0.05, 60.0)
"""The backoff after a refusal by the quota."""

GIVEN_BACK, FORGIVEN = Backoff(0.5, 8.0), 60.0
"""The backoff after a pod was given back, and the seconds after which the count starts again."""

LOOKED = Backoff(0.3, 10.0)
"""The backoff between two listings of the namespace for the same reason."""


@dataclass(slots=True)
class CreateBackoff:
    """When the next create may be sent, after refusals by the quota and after pods that were given back.

    A refusal counts only if no other refusal was received while its create was under way.

    Attributes:
        ready_at: no create is sent before this time.
        heard: how many refusals have counted.
        in_a_row: how many refusals have counted since the last pod was created.
        given_back: how many pods were given back in a row, each soon after the one before.
        given_back_at: when the last of them was given back.
    """

    ready_at: float = 0.0
    heard: int = 0
    in_a_row: int = 0
    given_back: int = 0
    given_back_at: float = -math.inf

    def granted(self) -> None:
        """Reset the count of refusals in a row, since a pod was created."""
        self.in_a_row = 0

    def full(self, heard: int, now: float) -> float:
        """Count a refusal by the quota; return the seconds until the next try.

        Args:
            heard: how many refusals had counted when the create was sent.
            now: the time.
        """
        if heard == self.heard:  # else another refusal was received while this create was under way
            self.heard, self.in_a_row = self.heard + 1, self.in_a_row + 1
            self.ready_at = now + REFUSED.rest(self.in_a_row)
        return max(0.0, self.ready_at - now)

    def gave_back(self, now: float) -> None:
        """Delay creates after a pod was given back to other members; the delay grows if that recurs soon."""
        self.given_back = self.given_back + 1 if now < self.given_back_at + FORGIVEN else 1
        self.given_back_at = now
        self.ready_at = max(self.ready_at, now + GIVEN_BACK.rest(self.given_back))


@dataclass(frozen=True, slots=True)
class Interest:
    """When to list all pods of the namespace: at once for a new reason, then less and less often.

    Attributes:
        about: the reasons to list the pods.
        due: when the next listing is due.
        looks: how many listings were requested since the last new reason.
        is_looking: whether a listing is under way.
    """

    about: frozenset[str] = frozenset()
    due: float = 0.0
    looks: int = 0
    is_looking: bool = False

    def heeding(self, about: frozenset[str], now: float) -> Interest:
        """Return the state with these reasons; a new one makes a listing due now."""
        if about - self.about:
            return replace(self, about=about, due=now, looks=0)
        return replace(self, about=about)

    def is_due(self, now: float) -> bool:
        return bool(self.about) and now >= self.due and not self.is_looking

    def looking(self, now: float) -> Interest:
        """Return the state after a listing was requested."""
        looks = self.looks + 1
        return replace(self, due=now + LOOKED.rest(looks), looks=looks, is_looking=True)

    def looked(self) -> Interest:
        """Return the state after the listing has ended, with or without an answer."""
        return replace(self, is_looking=False)
