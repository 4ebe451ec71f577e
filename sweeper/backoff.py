"""The formula of every growing wait: doubled each time, with a limit and jitter."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Each rest is twice as long as the one before.

    Attributes:
        first: seconds before the second try.
        most: seconds that no rest exceeds.
        chance: the largest share of a rest that is randomly left out (0 to 1), so that not all waiting
            processes try at the same moment.
        more: up to so many seconds, at random, are added to each rest.
    """

    first: float
    most: float
    chance: float = 0.0
    more: float = 0.0

    def rest(self, tries: int) -> float:
        """Return the seconds to rest after so many tries, from 1 on."""
        longest = min(self.most, self.first * 2.0 ** min(tries - 1, 60))
        return longest * (1.0 - random.uniform(0.0, self.chance)) + random.uniform(0.0, self.more)
