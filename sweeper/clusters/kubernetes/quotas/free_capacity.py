"""How many more pods like this one may be created now, in a namespace that others share. Pure.

Every limit alone allows a number of pods, and the lowest number holds. Our own limits are exact. A quota's
`status.used` can be too low, which would lead to refused creates, so two counts correct it:

- Our creates of the last moments may be missing from it. They are added: see `lag`.
- The quota controller recounts from its own informer, and after many changes at once the result can be too
  low for minutes. So a quota never counts less than our own pods hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sweeper.clusters.kubernetes.quotas.lag import Unshown
from sweeper.clusters.kubernetes.quotas.policy import Policy, kept_for_others
from sweeper.clusters.kubernetes.quotas.quota import Amount, Amounts, Quota, applies, charge, format_amount
from sweeper.clusters.kubernetes.raw import Raw

PLENTY = 10_000
"""The most pods that are ever free, also if nothing limits us."""


@dataclass(frozen=True, slots=True)
class FreeCapacity:
    """How many pods may be created, and why not more.

    Attributes:
        pods: how many more pods may be created.
        slots: `pods` plus the number of our living pods.
        reason: what limits them; empty if nothing does.
        bounds: how many more each limit alone would allow.
        alone: at least one quota applies, and all that the quotas count is ours.
    """

    pods: int
    slots: int
    reason: str
    bounds: Mapping[str, int]
    alone: bool = False


class _Bound(NamedTuple):
    pods: int
    name: str
    reason: str


class _Count(NamedTuple):
    """One resource of one quota.

    Attributes:
        each: what the next pod takes.
        held: what our living pods hold, whether the quota shows it or not.
        counted: what the quota counts: `status.used` and our charges that it may not show yet.
        released: our releases that it may not show yet.
    """

    quota: Quota
    resource: str
    each: Amount
    held: Amount
    counted: Amount
    released: Amount

    @property
    def used(self) -> Amount:
        """What counts as used: the higher one of the quota's count and our own."""
        return max(self.counted, self.held)

    @property
    def others(self) -> Amount:
        """The least that pods of others hold. Our releases that are not shown yet do not count as theirs."""
        return self.counted - self.held - self.released


def free_capacity(
    quotas: Iterable[Quota],
    pod: Raw,
    live: Collection[Amounts],
    unshown: Mapping[str, Unshown],
    policy: Policy,
) -> FreeCapacity:
    """Return how many more pods like `pod` may be created, and why not more.

    Our pods are assumed to be alike: a quota that counts the next one is assumed to count all of them.

    Args:
        quotas: all quotas of the namespace.
        pod: the next pod, as the server will make it.
        live: the cost of each of our pods that lives or is being requested.
        unshown: what each quota may not show yet, by its name.
        policy: the sweep's own limits.
    """
    wanted = {resource: amount for resource, amount in charge(pod, policy.claims).items() if amount > 0}
    counts = [
        count
        for quota in quotas
        if applies(quota, pod)
        for count in _counts(quota, wanted, live, unshown.get(quota.name, Unshown()))
    ]
    bounds = [*_own_bounds(wanted, live, policy), *(_quota_bound(count, policy) for count in counts)]
    if not bounds and policy.fallback is not None:
        bounds.append(_bound(policy.why, policy.fallback - len(live), 1, policy.why))
    least = min([_Bound(PLENTY, "", ""), *bounds])
    alone = bool(counts) and max(count.others for count in counts) <= 0
    every = {bound.name: bound.pods for bound in bounds}
    return FreeCapacity(least.pods, len(live) + least.pods, least.reason, every, alone)


def _counts(quota: Quota, wanted: Amounts, live: Collection[Amounts], unshown: Unshown) -> Iterator[_Count]:
    for resource in quota.hard:
        if resource in wanted:
            held = sum((amounts.get(resource, 0) for amounts in live), 0)
            counted = quota.used.get(resource, 0) + unshown.charged.get(resource, 0)
            released = unshown.released.get(resource, 0)
            yield _Count(quota, resource, wanted[resource], held, counted, released)


def _own_bounds(wanted: Amounts, live: Collection[Amounts], policy: Policy) -> Iterator[_Bound]:
    each = policy.gpus(wanted)
    if policy.max_gpus is not None and each:
        held = sum((policy.gpus(amounts) for amounts in live), 0)
        reason = f"cluster.max_gpus={policy.max_gpus}: this sweep holds {format_amount(held)}"
        yield _bound("cluster.max_gpus", policy.max_gpus - held, each, reason)
    if policy.max_parallel is not None:
        reason = f"cluster.max_parallel={policy.max_parallel}: this sweep has {len(live)}"
        yield _bound("cluster.max_parallel", policy.max_parallel - len(live), 1, reason)


def _quota_bound(count: _Count, policy: Policy) -> _Bound:
    name, resource, hard = count.quota.name, count.resource, count.quota.hard[count.resource]
    left = max(0, hard - count.used)
    kept = _kept(count, left, policy)
    others = f" and {format_amount(kept)} {'is' if kept == 1 else 'are'} left for others" if kept else ""
    reason = f"quota {name}: {format_amount(count.used)} of {format_amount(hard)} {resource} are used{others}"
    return _bound(f"quota {name} {resource}", left - kept, count.each, reason)


def _kept(count: _Count, left: Amount, policy: Policy) -> Amount:
    """Return how much of `left` stays free for others; our first GPU may be taken from the reserve."""
    reserve = policy.reserve if policy.is_gpu(count.resource) else 0
    owed = policy.owed if count.resource == policy.gpu and not count.held else 0
    kept = min(kept_for_others(count.quota.hard[count.resource], count.each, reserve), left)
    is_first = left - kept < count.each <= left - max(0, kept - owed)
    return left - count.each if is_first else kept


def _bound(name: str, left: Amount, each: Amount, reason: str) -> _Bound:
    apiece = "" if each == 1 else f"; a trial takes {format_amount(each)}"
    return _Bound(max(0, left // each), name, reason + apiece)
