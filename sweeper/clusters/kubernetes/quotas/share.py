"""Whether others had a reason to delete a pod: a full quota, or more than a fair share held by us. Pure.

The lab lets its members delete a pod when the quota is full, and GPUs above a fair share are only lent. In
both cases a deletion counts as preemption.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Amount, Quota, applies, charge, format_amount
from sweeper.clusters.kubernetes.quotas.reserve import Holder, member_of
from sweeper.clusters.kubernetes.raw import Raw, part, text


def fair_share(hard: Amount, reserve: int, members: int) -> int:
    """Return what each of `members` members may hold of a quota of which `reserve` stays free."""
    return int(max(0, hard - reserve) // max(1, members))


def full(quotas: Iterable[Quota], pod: Raw) -> str:
    """Return a message on a quota without capacity for another such pod; empty if all have it."""
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
    """Return a message if the pod's member held more than a fair share with it; empty if not.

    `found` are all pods that hold GPUs; it does not matter whether `pod` is among them.
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
