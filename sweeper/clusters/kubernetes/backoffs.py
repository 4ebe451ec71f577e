"""When the next create may be sent after a refusal, and when the namespace is looked at again. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sweeper.backoff import Backoff

REFUSED = Backoff(0.05, 60.0)
"""After a refusal for want of quota."""

GIVEN_BACK, FORGIVEN = Backoff(0.5, 8.0), 60.0
"""After a pod was given back, and the seconds after which the next one counts as the first again."""

LOOKED = Backoff(0.3, 10.0)
"""Between two looks at the same thing."""


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
        """A pod was created: what was refused before says nothing any more."""
        self.in_a_row = 0

    def full(self, heard: int, now: float) -> float:
        """The quota was full; returns the seconds until the next try.

        Args:
            heard: how many refusals had been heard of when the create was sent.
            now: the time.
        """
        if heard == self.heard:  # else it was under way when we heard of it
            self.heard, self.in_a_row = self.heard + 1, self.in_a_row + 1
            self.ready_at = now + REFUSED.rest(self.in_a_row)
        return max(0.0, self.ready_at - now)

    def gave_back(self, now: float) -> None:
        """A pod was given back: let the others go first for a while, longer if that happens again soon."""
        self.given_back = self.given_back + 1 if now < self.given_back_at + FORGIVEN else 1
        self.given_back_at = now
        self.ready_at = max(self.ready_at, now + GIVEN_BACK.rest(self.given_back))


@dataclass(frozen=True, slots=True)
class Interest:
    """When to look at all pods: at once if something is new of interest, then less and less often.

    `about` is what is of interest, `looks` how often it was looked at since something in it was new.
    """

    about: frozenset[str] = frozenset()
    due: float = 0.0
    looks: int = 0
    is_looking: bool = False

    def heeding(self, about: frozenset[str], now: float) -> Interest:
        """Now this is of interest."""
        if about - self.about:
            return replace(self, about=about, due=now, looks=0)
        return replace(self, about=about)

    def is_due(self, now: float) -> bool:
        return bool(self.about) and now >= self.due and not self.is_looking

    def looking(self, now: float) -> Interest:
        """A look has begun."""
        looks = self.looks + 1
        return replace(self, due=now + LOOKED.rest(looks), looks=looks, is_looking=True)

    def looked(self) -> Interest:
        """It has come to its end."""
        return replace(self, is_looking=False)
