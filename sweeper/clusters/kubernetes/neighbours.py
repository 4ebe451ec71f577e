"""Looking at all pods of the namespace, while it matters: is a first GPU owed to us, is one to be given back?

What follows from them is decided in quotas/reserve.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sweeper.clusters.kubernetes.lane import Lane
from sweeper.clusters.kubernetes.messages import Around
from sweeper.clusters.kubernetes.quotas.reserve import holders, member_of, owed, to_give_back
from sweeper.clusters.kubernetes.raw import phase
from sweeper.clusters.kubernetes.room import Room
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.server.api import Api, all_pods
from sweeper.clusters.kubernetes.server.workers import Workers
from sweeper.clusters.kubernetes.tracked import Tracked

FIRST, MOST = 0.3, 10.0
"""Seconds between two looks at the same thing: at first, and after many."""

FRESH = 20.0
"""For so many seconds after a look that found nothing of a member's the member's first GPU is owed."""

STALE = 60.0
"""Seconds after which an answer tells of other times: the machine slept while it was under way."""


@dataclass(slots=True)
class Interest:
    """When to look, by what is of interest: at once if that is new, then less and less often."""

    about: frozenset[str] = frozenset()
    due: float = 0.0
    rest: float = FIRST

    def wants(self, about: frozenset[str], now: float) -> bool:
        """Is a look due now? `about`: what is of interest."""
        if about - self.about:
            self.due, self.rest = now, FIRST
        self.about = about
        if not about or now < self.due:
            return False
        self.due, self.rest = now + self.rest, min(MOST, 2 * self.rest)
        return True


class Neighbours:
    """Used by the engine's thread; `tell` is called in another. `log` hears of what is given back."""

    def __init__(
        self,
        api: Api,
        room: Room,
        roster: Roster,
        lane: Lane,
        tell: Callable[[Around], None],
        log: Callable[[Tracked, str], None],
    ) -> None:
        self._api, self._room, self._roster, self._lane = api, room, roster, lane
        self._tell, self._log = tell, log
        self._interest = Interest()
        self._is_asking = False
        self._workers = Workers(1, "neighbours")

    def look(self, now: float) -> None:
        """Have the pods listed if it matters now; what was seen comes by `tell`."""
        if not self._is_asking and self._interest.wants(self._room.interest(now), now):
            self._is_asking = True
            self._workers.submit(partial(self._list, now))

    def take(self, around: Around, now: float) -> None:
        """Take in what was seen."""
        self._is_asking = False
        if around.pods is None or now - around.began > STALE:
            return
        found = holders(around.pods, self._room.manners.gpu)
        if owed(found, member_of(self._room.example)):
            self._room.owed_until = around.began + FRESH
        for uid, words in to_give_back(
            found, self._room.quotas, self._room.sweep_id, self._room.manners
        ).items():
            tracked = self._roster.by_uid(uid)
            if tracked and phase(tracked.pod) == "Pending" and not (tracked.unwanted or tracked.returned):
                tracked.returned = words
                self._lane.gave_back(now)
                self._log(tracked, words)

    def close(self) -> None:
        """Wait for nothing."""
        self._workers.close()

    def _list(self, began: float) -> None:
        try:
            self._tell(Around(began, all_pods(self._api)))
        except Exception:  # noqa: BLE001  # the watches say what is wrong; the next look is due soon
            self._tell(Around(began, None))
