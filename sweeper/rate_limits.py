"""Waits between retries of a trial and after refused launches; how often offered capacity is journalled."""

from __future__ import annotations

from sweeper.backoff import Backoff
from sweeper.core.settings import RetrySettings
from sweeper.logging_setup import logger

_log = logger(__name__)

REFUSED = Backoff(1.0, 60.0)
"""The wait after the backend has refused launches in a row."""

OFFERS_EVERY = 10.0
"""Seconds of which only the largest offer is journalled, and only if it differs from the last one.

For a moment after each end and each create a backend offers less than it will soon: quotas lag behind.
"""


class LaunchRateLimit:
    """After a refusal, allows one launch at a time, after growing waits, until one is granted.

    Times are monotonic.
    """

    def __init__(self) -> None:
        self._refusals = 0
        self._until = 0.0

    def is_resting(self, now: float) -> bool:
        return now < self._until

    def capacity(self, offered: int, now: float) -> int:
        """Return how many of the offered launches may be tried now."""
        if not self._refusals:
            return offered
        return 0 if self.is_resting(now) else min(offered, 1)

    def refused(self, now: float) -> None:
        self._refusals += 1
        self._until = now + REFUSED.rest(self._refusals)
        _log.info("no launch for %.1f s: refused %d times in a row", self._until - now, self._refusals)

    def asked(self, now: float) -> None:
        """Note a requested launch; after a refusal no other one is tried until the backoff has passed."""
        if self._refusals:
            self._until = now + REFUSED.rest(self._refusals)

    def granted(self) -> None:
        self._refusals, self._until = 0, 0.0


class Offers:
    """Decides when the number of attempts that may be live at once is journalled."""

    def __init__(self) -> None:
        self._noted = -1
        self._most = 0
        self._until = float("-inf")

    def to_note(self, slots: int, now: float) -> int | None:
        """Return the number to journal now, or None; a returned number counts as journalled."""
        self._most = max(self._most, slots)
        if now < self._until:
            return None
        most, self._most, self._until = self._most, slots, now + OFFERS_EVERY
        if most == self._noted:
            return None
        self._noted = most
        return most


def rest_of(retry: RetrySettings) -> Backoff:
    """Return the backoff between attempts of a trial."""
    return Backoff(retry.wait_initial, retry.wait_max, more=retry.wait_jitter)
