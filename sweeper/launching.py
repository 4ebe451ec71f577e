"""Starts attempts, and processes the backend's answers."""

from __future__ import annotations

from sweeper.clusters.base import Backend, NoCapacity, Order, Requested, Started, View
from sweeper.clusters.clock import Clock
from sweeper.core.errors import DamagedTrialError
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from sweeper.core.records import Abandoned, Launched
from sweeper.core.state import Live, State
from sweeper.core.stopwatch import Stopwatch
from sweeper.journaling import Journal
from sweeper.rate_limits import LaunchRateLimit
from sweeper.store.base import Store
from sweeper.unknown_attempts import UnknownAttempts


def order_of(state: State, store: Store, attempt: Attempt) -> Order:
    """Return what the backend needs to start an attempt."""
    one = state.trials[attempt.trial]
    return Order(attempt, *store.places(one.trial, attempt), one.spent.get(Cause.OOM, 0))


class Launcher:
    """Launches attempts, and records the backend's answers.

    `rate_limit` says how many launches may be tried now, `stopwatch` how long trials have waited.
    """

    def __init__(
        self,
        state: State,
        store: Store,
        backend: Backend,
        clock: Clock,
        journal: Journal,
        settling: UnknownAttempts,
        stopwatch: Stopwatch,
    ) -> None:
        self.rate_limit = LaunchRateLimit()
        self._state, self._store, self._backend, self._clock = state, store, backend, clock
        self._journal, self._settling, self._stopwatch = journal, settling, stopwatch

    def launch(self, attempt: Attempt) -> None:
        """Start an attempt whose intent is durable."""
        now = self._clock.monotonic()
        self._stopwatch.launched(attempt, now)
        if self.rate_limit.is_resting(now):
            self._journal.note(Abandoned(attempt, "the backend has just refused another one"))
            return
        try:
            is_new = self._store.prepare(self._state.trials[attempt.trial].trial, attempt)
        except DamagedTrialError as error:
            self._settling.give_up(attempt, error)
            return
        if not is_new:
            self._store.check()
            self._settling.settle(attempt)
            return
        match self._backend.launch(order_of(self._state, self._store, attempt)):
            case Started(uid):
                self.rate_limit.granted()
                wall, waited = self._journal.wall(), self.waited(attempt)
                self._journal.note(Launched(attempt, uid, at=wall, waited=waited))
            case Requested():
                self.rate_limit.asked(now)
            case NoCapacity():
                self.rate_limit.refused(now)
                self._journal.note(Abandoned(attempt, "the backend had no room for it after all"))

    def notice(self, view: View) -> None:
        """Process the backend's answers to requested launches."""
        refused = False
        for attempt, sighting in view.sightings.items():
            live = self._state.live.get(attempt)
            if live and sighting.phase is Phase.REFUSED:
                refused = refused or live.stop is None
            elif live and sighting.uid:
                self._identify(live, sighting)
        if refused:  # once for all: they were requested before the first refusal was known
            self.rate_limit.refused(self._clock.monotonic())

    def waited(self, attempt: Attempt, ran: float = 0.0) -> float | None:
        """Return how long the attempt's trial was in the queue; see Stopwatch."""
        return self._stopwatch.waited(
            self._state.trials[attempt.trial], attempt, self._clock.monotonic(), ran
        )

    def _identify(self, live: Live, sighting: Sighting) -> None:
        """Record the uid of a requested attempt, and later that it runs, and on which node."""
        runs = sighting.phase is Phase.RUNNING
        if not live.uid:
            self.rate_limit.granted()
        if not live.uid or (live.pending and runs):
            pending, at = not runs, self._journal.wall()
            waited = self.waited(sighting.attempt) if runs else None
            if runs:
                self._stopwatch.runs(sighting.attempt, self._clock.monotonic())
            self._journal.note(Launched(sighting.attempt, sighting.uid, sighting.node, pending, at, waited))
