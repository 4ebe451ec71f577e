"""Was a deletion preemption? Yes if the quota was full and we held more than a fair share. Pure.

The lab lets its members delete a pod when the quota is full, and whoever holds more than a fair share holds
GPUs that are lent. A deletion then is preemption.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Amount, Quota, applies, charge, format_amount
from sweeper.clusters.kubernetes.quotas.reserve import Holder, member_of
from sweeper.clusters.kubernetes.raw import Raw, part, text


def fair_share(hard: Amount, reserve: int, members: int) -> int:
    """What each of so many members may hold of a quota, if so much of it stays free."""
    return int(max(0, hard - reserve) // max(1, members))


def full(quotas: Iterable[Quota], pod: Raw) -> str:
    """The quota that has no capacity for one more pod like this one, as text; empty if all have."""
    wanted = charge(pod)
    for quota in quotas:
        if not applies(quota, pod):
            continue
        for resource, hard in quota.hard.items():
            used, each = quota.used.get(resource, 0), wanted.get(resource, 0)
            if each and hard - used < each:
                return (
                    f"quota {quota.name} was full ({format_amount(used)} of {format_amount(hard)} {resource})"
                )
    return ""


def above_share(found: Collection[Holder], pod: Raw, quotas: Iterable[Quota], policy: Policy) -> str:
    """How much more than a fair share its member held with this pod, as text; empty if not more.

    `found` are the pods that hold GPUs or wait for them, this one among them or not.
    """
    uid = text(part(pod, "metadata"), "uid")
    alive = {"spec": part(pod, "spec")}
    each = charge(alive).get(policy.gpu, 0)
    bounds = (quota for quota in quotas if policy.gpu in quota.hard and applies(quota, alive))
    hard = [quota.hard[policy.gpu] for quota in bounds]
    if not each or not hard:
        return ""
    member = member_of(pod)
    others = {one.member for one in found} - {member}
    held = sum((one.gpus for one in found if one.member == member and one.uid != uid), each)
    share = fair_share(min(hard), policy.reserve, 1 + len(others))
    return f"we held {format_amount(held)} GPUs, and a fair share was {share}" if held > share else ""
