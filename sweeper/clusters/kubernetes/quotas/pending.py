"""Our pending charges and releases, and the rises and falls of every quota, as they come and expire.

The arithmetic, and the reasons for it, are in `lag`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Set

from sweeper.clusters.kubernetes.quotas.lag import (
    FALLS_COUNT_FOR,
    INFORMER_LAG,
    NOTHING,
    Unshown,
    charges_not_shown,
    credit,
    falls,
    minus,
    plus,
    releases_not_shown,
    rises,
    withdraw,
)
from sweeper.clusters.kubernetes.quotas.quota import Amounts, Quota


class PendingCharges:
    """What each quota may not show yet of what this sweep does.

    All times are seconds of one clock that never goes back. A charge is pending from `ask` until `dropped`,
    or until INFORMER_LAG after `created`.
    """

    def __init__(self) -> None:
        self._in_flight: dict[str, Amounts] = {}
        self._answered: dict[str, tuple[float, Amounts]] = {}  # the oldest answer first
        self._pending = NOTHING
        self._credited: dict[str, Amounts] = {}
        self._releases = _Recent(INFORMER_LAG)
        self._falls = defaultdict[str, _Recent](lambda: _Recent(FALLS_COUNT_FOR * INFORMER_LAG))

    @property
    def in_flight(self) -> Set[str]:
        """The pods whose creates were sent and not answered yet."""
        return self._in_flight.keys()

    def ask(self, name: str, amounts: Amounts, now: float) -> None:
        """Record that a create of the pod `name` is about to be sent, for the first time or again."""
        self._expire(now)
        self.dropped(name)
        self._in_flight[name] = amounts
        self._pending = plus(self._pending, amounts)

    def created(self, name: str, amounts: Amounts, now: float) -> None:
        """Record that the server answered with a pod of this cost, which may differ from the request's."""
        self._expire(now)
        before = self._take(name)
        self._answered[name] = now + INFORMER_LAG, amounts
        if before != amounts:
            self._pending = plus(minus(self._pending, before or NOTHING), amounts)
            for quota, credited in self._credited.items():
                self._credited[quota] = credit(credited, NOTHING, self._pending)

    def dropped(self, name: str) -> None:
        """Record that the create was refused. If it may have been charged, call `created` instead."""
        charge = self._take(name)
        if charge is not None:
            self._pending = minus(self._pending, charge)
            for quota, credited in self._credited.items():
                self._credited[quota] = withdraw(credited, charge)

    def released(self, amounts: Amounts, now: float) -> None:
        """Record that our pods cost these amounts less than at the last observation."""
        self._releases.add(amounts, now)

    def saw(self, before: Quota | None, after: Quota, now: float) -> None:
        """Record a quota that our informer shows; `before` is None after a listing, which shows no change."""
        self._expire(now)
        previous = before.used if before else NOTHING
        credited = self._credited.get(after.name, NOTHING)
        self._credited[after.name] = credit(credited, rises(previous, after.used), self._pending)
        self._falls[after.name].add(falls(previous, after.used), now)

    def unshown(self, quota_name: str, now: float) -> Unshown:
        """Return our charges and releases that this quota's `status.used` may not show yet."""
        self._expire(now)
        credited = self._credited.get(quota_name, NOTHING)
        fallen = self._falls[quota_name].total(now)
        return Unshown(
            charges_not_shown(self._pending, credited),
            releases_not_shown(self._releases.total(now), fallen),
        )

    def _expire(self, now: float) -> None:
        """Drop the charges that were answered more than INFORMER_LAG ago: the informer shows them by now."""
        while self._answered:
            name, (until, _) = next(iter(self._answered.items()))
            if now <= until:
                break
            self.dropped(name)

    def _take(self, name: str) -> Amounts | None:
        """Remove the pending charge of this pod and return it; None if it has none."""
        if name in self._in_flight:
            return self._in_flight.pop(name)
        return self._answered.pop(name, (0.0, None))[1]


class _Recent:
    """The amounts of the last `seconds` seconds, and their sum."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._added = deque[tuple[float, Amounts]]()
        self._total = NOTHING

    def add(self, amounts: Amounts, now: float) -> None:
        if amounts:
            self._added.append((now + self._seconds, amounts))
            self._total = plus(self._total, amounts)

    def total(self, now: float) -> Amounts:
        while self._added and now > self._added[0][0]:
            self._total = minus(self._total, self._added.popleft()[1])
        return self._total
