"""Measures how long trials wait and attempts run, with a monotonic clock: a wall clock may step."""

from __future__ import annotations

from sweeper.core.model import Attempt
from sweeper.core.state import TrialState


class Stopwatch:
    """The times that one controller itself has observed, on its monotonic clock.

    Args:
        began: when the controller started.
        age: how old the sweep was then, in seconds; None if unknown.
    """

    def __init__(self, began: float, age: float | None) -> None:
        self._made = None if age is None else began - age
        self._joined: dict[int, float] = {}
        self._launched: dict[Attempt, float] = {}
        self._running: dict[Attempt, float] = {}

    def joined(self, trial: int, now: float) -> None:
        """Note that a trial was added to an existing sweep."""
        self._joined[trial] = now

    def launched(self, attempt: Attempt, now: float) -> None:
        """Note that an attempt was launched or requested."""
        self._launched[attempt] = now

    def runs(self, attempt: Attempt, now: float) -> None:
        """Note that a pending attempt runs now; its waiting time does not count as run time."""
        self._running[attempt] = now

    def forget(self, attempt: Attempt) -> None:
        """Drop the times of an attempt that has ended."""
        self._launched.pop(attempt, None)
        self._running.pop(attempt, None)

    def live_for(self, attempt: Attempt, now: float) -> float | None:
        """Return how long an attempt has run, or waited if it has not run yet; None if it is not known."""
        since = self._running.get(attempt, self._launched.get(attempt))
        return None if since is None else now - since

    def waited(self, one: TrialState, attempt: Attempt, now: float, ran: float = 0.0) -> float | None:
        """Return how long a trial was in the queue, if its first attempt has run for `ran` seconds.

        None if the trial has run before, or if the time is not known.
        """
        if one.started_at is not None or attempt not in self._launched:
            return None
        since = self._joined.get(one.trial.index, None if one.added_at else self._made)
        return None if since is None else round(max(0.0, now - ran - since), 3)
