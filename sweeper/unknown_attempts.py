"""Resolves attempts in an unknown state: adopts those that started, and bars the others from starting."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sweeper.clusters.base import Backend, Order
from sweeper.core.errors import DamagedTrialError
from sweeper.core.model import Attempt, Phase, Sighting
from sweeper.core.outcome import abandoned
from sweeper.core.records import Abandoned, Ended, Launched
from sweeper.core.state import State
from sweeper.journaling import Journal
from sweeper.store.base import Store


class UnknownAttempts:
    """Resolves attempts of which it is not known whether they started, by claiming their folders.

    A UID in the journal counts more than the folder, in which the program may have changed anything.
    """

    def __init__(
        self,
        state: State,
        store: Store,
        backend: Backend,
        order: Callable[[Attempt], Order],
        journal: Journal,
    ) -> None:
        self._state, self._store, self._backend = state, store, backend
        self._order, self._journal = order, journal

    def settle(self, attempt: Attempt) -> None:
        """Take over an attempt that another controller left, or make sure that it never runs."""
        known = self._state.live[attempt].uid
        if known:
            self._adopt(self._order(attempt), known)
            return
        try:
            self._settle_doubtful(attempt)
        except DamagedTrialError as error:
            self.give_up(attempt, error)

    def give_up(self, attempt: Attempt, error: DamagedTrialError) -> None:
        """End a trial whose folder was damaged; a user has to inspect it before the trial may run again."""
        self._journal.decide([Ended(attempt, "", abandoned(str(error), self._journal.wall()))])

    def bar_refused(self, sightings: Mapping[Attempt, Sighting]) -> Mapping[Attempt, Sighting]:
        """Make sure that refused attempts never run, however late a create takes effect.

        Returns the sightings without the attempts whose folders are claimed nevertheless: an attempt with a
        claim of its own is adopted, one with a foreign claim is abandoned.
        """
        refused = [one for one, found in sightings.items() if found.phase is Phase.REFUSED]
        late = {one for one in refused if one in self._state.live and not self._is_barred(one)}
        return {one: found for one, found in sightings.items() if one not in late} if late else sightings

    def _is_barred(self, attempt: Attempt) -> bool:
        try:
            owner = self._claim(attempt)
            adopted = owner is not None and self._adopt(self._order(attempt), owner)
        except DamagedTrialError as error:
            self.give_up(attempt, error)
            self._backend.remove(attempt)
            return True
        if owner and adopted:
            self._journal.note(Launched(attempt, owner))
        elif owner is not None:
            self._backend.remove(attempt)
        return owner is None

    def _settle_doubtful(self, attempt: Attempt) -> None:
        """Resolve an attempt of which only the intent to start it is recorded."""
        order = self._order(attempt)
        found = self._backend.find(order)
        owner = found or self._claim(attempt)
        if owner is None:
            self._journal.note(Abandoned(attempt, "it was never started"))
            return
        if self._adopt(order, owner):
            self._journal.note(Launched(attempt, owner, pending=found is not None))

    def _claim(self, attempt: Attempt) -> str | None:
        trial = self._state.trials[attempt.trial].trial
        return self._store.retried(lambda: self._store.claim_abandoned(trial, attempt))

    def _adopt(self, order: Order, owner: str) -> bool:
        adopted = self._backend.adopt(order, owner)
        if not adopted:
            reason = "what claimed its folder was not started by this sweep"
            self._journal.note(Abandoned(order.attempt, reason))
        return adopted
