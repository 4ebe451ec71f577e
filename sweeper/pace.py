"""How long to wait before something is tried again, or written down again."""

from __future__ import annotations

from collections.abc import Callable

import tenacity

from sweeper.core.settings import RetrySettings

REFUSED = RetrySettings(wait_initial=1.0, wait_max=60.0, wait_jitter=0.0)
"""How long to rest after the backend has refused launches in a row."""

OFFERS_EVERY = 10.0
"""Seconds between two notes of how many attempts may be live at once, however often that changes."""


class Pace:
    """After a refusal one launch at a time is tried, ever later, until one is granted (monotonic times)."""

    def __init__(self) -> None:
        self._rest = backoff(REFUSED)
        self._refusals = 0
        self._until = 0.0

    def is_resting(self, now: float) -> bool:
        return now < self._until

    def room(self, offered: int, now: float) -> int:
        """How much to make of what the backend offers."""
        if not self._refusals:
            return offered
        return 0 if self.is_resting(now) else min(offered, 1)

    def refused(self, now: float) -> None:
        self._refusals += 1
        self._until = now + self._rest(self._refusals)

    def asked(self, now: float) -> None:
        """Until this launch is answered there is no reason to try another, if the last one was refused."""
        if self._refusals:
            self._until = now + self._rest(self._refusals)

    def granted(self) -> None:
        self._refusals, self._until = 0, 0.0


class Offers:
    """Which of the backend's offers are worth a line in the journal."""

    def __init__(self) -> None:
        self._slots = -1
        self._at = float("-inf")

    def is_news(self, slots: int, now: float) -> bool:
        """Has it changed, and not been written down a moment ago? Then it is taken to be, now."""
        if slots == self._slots or now - self._at < OFFERS_EVERY:
            return False
        self._slots, self._at = slots, now
        return True


def backoff(retry: RetrySettings) -> Callable[[int], float]:
    """How long to rest before try number `step` again: exponential, capped, with jitter."""
    growing = tenacity.wait_exponential(multiplier=retry.wait_initial, max=retry.wait_max)
    strategy = tenacity.wait_combine(growing, tenacity.wait_random(0, retry.wait_jitter))
    caller = tenacity.Retrying()

    def delay(step: int) -> float:
        call = tenacity.RetryCallState(caller, None, (), {})
        call.attempt_number = step
        return strategy(call)

    return delay
