"""How many more pods like this one may be created now, in a namespace that others share.

Two counts are kept and the higher one holds: the quota's own, which a recount can set too low for
minutes, and that of our own pods, which knows nothing of the others'.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from sweeper.clusters.kubernetes.quotas.claims import DEVICES, ClaimCosts
from sweeper.clusters.kubernetes.quotas.quota import (
    Amount,
    Amounts,
    Quota,
    applies,
    charge,
    spell,
    unspecified,
)
from sweeper.clusters.kubernetes.raw import Raw

PLENTY = 10_000
"""The most room there is, and all of it where nothing limits us."""

LINGER = 2.0
"""For so many seconds a change of ours may be missing from a quota as we see it.

Admission charges a quota before the response leaves, a pod's end is counted some milliseconds after
it, and a working watch is milliseconds behind. A create that no rise has paid for by then was shown
all the same, in one step with a release.
"""


@dataclass(frozen=True, slots=True)
class Manners:
    """How much of the namespace we take. `gpu` is a quota's name for GPUs: `requests.nvidia.com/gpu`.

    `owed`: how many GPUs of the reserve we may take while this sweep holds none. `fallback` is how many
    pods at most if nothing else limits them, and `why` the words for it. `claims` is what ResourceClaims
    cost.
    """

    gpu: str
    reserve: int = 0
    max_gpus: int | None = None
    max_parallel: int | None = None
    owed: int = 0
    claims: ClaimCosts = field(default_factory=dict)
    fallback: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Headroom:
    """`room`: how many more pods may be created. `slots`: as many, and those of ours that live already.

    `reason` says what limits the room, if anything does; `bounds` is what each limit alone would allow.
    `alone`: there is a quota, and it counts nobody's pods but ours.
    """

    room: int
    slots: int
    reason: str
    bounds: Mapping[str, int]
    alone: bool = False


class _Bound(NamedTuple):
    room: int
    name: str
    reason: str


_NOTHING: Amounts = MappingProxyType({})


class Unshown(NamedTuple):
    """What of our own doing a quota's `used` may not show yet: what we were charged, and let off."""

    charged: Amounts = _NOTHING
    released: Amounts = _NOTHING


def headroom(
    quotas: Iterable[Quota],
    pod: Raw,
    live: Collection[Amounts],
    unshown: Mapping[str, Unshown],
    manners: Manners,
) -> Headroom:
    """The room for pods like `pod`; `live` is what each pod of ours costs that lives or is asked for.

    `unshown` goes by the quotas' names. Our pods are taken to be alike: a quota that counts the next
    one is taken to count all of them.
    """
    wanted = {resource: amount for resource, amount in charge(pod, manners.claims).items() if amount > 0}
    held = {resource: _sum(live, resource) for resource in wanted}
    bounds = list(_own_bounds(wanted, live, manners))
    others: list[Amount] = []
    for quota in quotas:
        if applies(quota, pod):
            charged, released = unshown.get(quota.name, Unshown())
            limited = [resource for resource in quota.hard if resource in wanted]
            counted = {key: quota.used.get(key, 0) + charged.get(key, 0) for key in limited}
            bounds += _quota_bounds(quota, wanted, held, counted, manners)
            others += (counted[key] - held[key] - released.get(key, 0) for key in limited)
    if not bounds and manners.fallback is not None:
        bounds.append(_bound(manners.why, manners.fallback - len(live), 1, manners.why))
    least = min([_Bound(PLENTY, "", ""), *bounds])
    alone = bool(others) and max(others) <= 0
    every = {one.name: one.room for one in bounds}
    return Headroom(least.room, len(live) + least.room, least.reason, every, alone)


def _own_bounds(wanted: Amounts, live: Collection[Amounts], manners: Manners) -> Iterator[_Bound]:
    each = _gpus(wanted, manners)
    if manners.max_gpus is not None and each:
        held = sum((_gpus(one, manners) for one in live), 0)
        reason = f"cluster.max_gpus={manners.max_gpus}: this sweep holds {spell(held)}"
        yield _bound("cluster.max_gpus", manners.max_gpus - held, each, reason)
    if manners.max_parallel is not None:
        reason = f"cluster.max_parallel={manners.max_parallel}: this sweep has {len(live)}"
        yield _bound("cluster.max_parallel", manners.max_parallel - len(live), 1, reason)


def _quota_bounds(
    quota: Quota, wanted: Amounts, held: Amounts, counted: Amounts, manners: Manners
) -> Iterator[_Bound]:
    for resource, amount in counted.items():
        used = max(amount, held[resource])
        reserve = manners.reserve if _is_gpu(resource, manners) else 0
        owed = manners.owed if resource == manners.gpu and not held[resource] else 0
        yield _quota_bound(quota, resource, wanted[resource], used, reserve, owed)


def kept_for_others(hard: Amount, each: Amount, reserve: int) -> Amount:
    """The part of a quota that stays free: never so much that nothing of ours could run at all."""
    return min(reserve, max(0, hard - each))


def _quota_bound(quota: Quota, resource: str, each: Amount, used: Amount, reserve: int, owed: int) -> _Bound:
    hard = quota.hard[resource]
    left = max(0, hard - used)
    kept = min(kept_for_others(hard, each, reserve), left)
    if left - kept < each <= left - max(0, kept - owed):
        kept = left - each
    others = f" and {spell(kept)} {'is' if kept == 1 else 'are'} left for others" if kept else ""
    reason = f"quota {quota.name}: {spell(used)} of {spell(hard)} {resource} are used{others}"
    return _bound(f"quota {quota.name} {resource}", left - kept, each, reason)


def _bound(name: str, left: Amount, each: Amount, reason: str) -> _Bound:
    apiece = "" if each == 1 else f"; a trial takes {spell(each)}"
    return _Bound(max(0, left // each), name, reason + apiece)


def _is_gpu(resource: str, manners: Manners) -> bool:
    return resource == manners.gpu or resource.endswith(DEVICES)


def _gpus(amounts: Amounts, manners: Manners) -> Amount:
    """GPUs by their resource and devices of all classes."""
    return sum((amount for resource, amount in amounts.items() if _is_gpu(resource, manners)), 0)


def _sum(amounts: Iterable[Amounts], resource: str) -> Amount:
    return sum((one.get(resource, 0) for one in amounts), 0)


def never_fits(quotas: Collection[Quota], pod: Raw, manners: Manners, *, is_specified: bool = False) -> str:
    """Why no pod like this one could be created even if nobody used anything; empty where one could.

    `is_specified`: the server has looked already whether every container has the amounts that it must have.
    """
    wanted = charge(pod, manners.claims)
    missing = {quota.name: [] if is_specified else unspecified(quota, pod) for quota in quotas}
    counting = [quota for quota in quotas if applies(quota, pod)]
    found = [line for quota in counting for line in _obstacles(quota, missing[quota.name], wanted)]
    gpus = _gpus(wanted, manners)
    if manners.max_gpus is not None and manners.max_gpus < gpus:
        found.append(f"cluster.max_gpus={manners.max_gpus}: one trial asks for {spell(gpus)} {manners.gpu}")
    if manners.max_parallel is not None and manners.max_parallel < 1:
        found.append(f"cluster.max_parallel={manners.max_parallel}: nothing could ever run; give at least 1")
    return next(iter(found), "")


def _obstacles(quota: Quota, missing: list[str], wanted: Amounts) -> Iterator[str]:
    if missing:
        remedies = ", ".join(dict.fromkeys(map(_remedy, missing)))
        yield f"quota {quota.name} needs {', '.join(missing)} of every container: set {remedies}"
    for resource, hard in quota.hard.items():
        if (asked := wanted.get(resource, 0)) > hard:
            yield f"quota {quota.name} allows {spell(hard)} {resource} and one trial asks for {spell(asked)}"


def _remedy(resource: str) -> str:
    """The key that sets it. `cluster.memory` is a limit, and by that a request; `cluster.cpu` a request."""
    return "cluster.limits.cpu" if resource == "limits.cpu" else f"cluster.{resource.rpartition('.')[2]}"


class Ledger:
    """What our creates were charged, and our pods' ends let off, that a quota may not show yet.

    A rise of `used` pays for creates of ours, but does not say whose create it was. So each quota has
    one purse for them all, and an entry that leaves takes its whole price along: what is in doubt
    counts as unpaid. That costs room for a moment; the other mistake costs refusals. Of an end it is
    the other way round: every fall of late, whoever's it was, counts as one of ours that was shown.
    """

    def __init__(self) -> None:
        self._entries: dict[str, tuple[Amounts, float]] = {}
        self._prices: dict[str, Amount] = {}
        self._purses: dict[str, dict[str, Amount]] = {}
        self._ends = _Lately(LINGER)
        self._falls: dict[str, _Lately] = {}

    def ask(self, name: str, amounts: Amounts, now: float) -> None:
        """A create is about to be sent, the first of this name or one more."""
        self.dropped(name)
        self._put(name, amounts, math.inf, now)

    def created(self, name: str, amounts: Amounts, now: float) -> None:
        """The server answered with a pod that costs this much, be it what was asked for or not."""
        self._put(name, amounts, now + LINGER, now)

    def dropped(self, name: str) -> None:
        """The create was refused. Where it may have been charged all the same, call it created instead."""
        if entry := self._entries.pop(name, None):
            for purse in self._purses.values():
                purse |= {key: max(0, paid - entry[0].get(key, 0)) for key, paid in purse.items()}
            self._settle()

    def released(self, amounts: Amounts, now: float) -> None:
        """Our pods have been seen to cost so much less than before."""
        self._ends.add(amounts, now)

    def saw(self, before: Quota | None, after: Quota, now: float) -> None:
        """A quota has changed; a listing has no `before`, and so tells of no change."""
        self._expire(now)
        told = before.used if before else {}
        # A resource that was not counted before comes with all that is used of it: that is no create.
        steps = {key: after.used[key] - told[key] for key in told.keys() & after.used.keys()}
        purse = self._purses.setdefault(after.name, {})
        purse |= {key: purse.get(key, 0) + step for key, step in steps.items() if step > 0}
        self._settle()
        # A fall may be told before the end that it comes from, so it is remembered for longer.
        falls = self._falls.setdefault(after.name, _Lately(1.5 * LINGER))
        falls.add({key: -step for key, step in steps.items() if step < 0}, now)

    def unshown(self, quota_name: str, now: float) -> Unshown:
        """By how much this quota's `used` may not show yet what we did."""
        self._expire(now)
        purse = self._purses.get(quota_name, {})
        falls = self._falls[quota_name].total(now) if quota_name in self._falls else {}
        ends = self._ends.total(now)
        return Unshown(
            {key: price - purse.get(key, 0) for key, price in self._prices.items()},
            {key: max(0, held - falls.get(key, 0)) for key, held in ends.items()},
        )

    def _put(self, name: str, amounts: Amounts, until: float, now: float) -> None:
        self._expire(now)
        self._entries[name] = amounts, until
        self._settle()

    def _expire(self, now: float) -> None:
        for name in [name for name, (_, until) in self._entries.items() if now > until]:
            self.dropped(name)

    def _settle(self) -> None:
        self._prices = _total(amounts for amounts, _ in self._entries.values())
        for purse in self._purses.values():  # what is more than the price of them all was another's create
            purse |= {key: min(paid, self._prices.get(key, 0)) for key, paid in purse.items()}


class _Lately:
    """Amounts of the last so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._added: deque[tuple[float, Amounts]] = deque()

    def add(self, amounts: Amounts, now: float) -> None:
        if amounts:
            self._added.append((now + self._seconds, amounts))

    def total(self, now: float) -> dict[str, Amount]:
        while self._added and now > self._added[0][0]:
            self._added.popleft()
        return _total(amounts for _, amounts in self._added)


def _total(many: Iterable[Amounts]) -> dict[str, Amount]:
    every = list(many)
    return {key: _sum(every, key) for key in set[str]().union(*every)}
