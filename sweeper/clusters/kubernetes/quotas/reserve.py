"""The GPUs that stay free for others: who may still take one, and who gives one back. Pure.

The lab's first rule is that everyone can use at least one GPU, so a member's first GPU may be taken from the
reserve. Also, two controllers that see the same free GPU may both take it. Each of them then reads all pods
of the namespace and makes the same decision: the newest pods that do not run yet are given back, until the
reserve is free again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sweeper.clusters.kubernetes.pods.identity import is_original
from sweeper.clusters.kubernetes.pods.queue_signs import queue_place
from sweeper.clusters.kubernetes.quotas.holdings import moment
from sweeper.clusters.kubernetes.quotas.policy import Policy, kept_for_others
from sweeper.clusters.kubernetes.quotas.quota import Amount, Quota, applies, charge
from sweeper.clusters.kubernetes.raw import Raw, part, phase, text


@dataclass(frozen=True, slots=True)
class Holder:
    """A pod that holds GPUs.

    Attributes:
        pod: the pod itself.
        uid: its UID.
        member: its label `user`. Pods without one are not known to be one person's, so each sweep of them,
            and each other pod, counts as a member of its own.
        sweep: the id of its sweep; empty if cvsweep did not create it, or if it is a copy of such a pod.
        gpus: how many it holds.
        born: orders all pods by age.
        can_wait: it does not run yet, and no queue decides about it.
        is_leaving: its deletion was requested.
    """

    pod: Raw
    uid: str
    member: str
    sweep: str
    gpus: Amount
    born: tuple[float, str]
    can_wait: bool
    is_leaving: bool


def holders(pods: Iterable[Raw], gpu: str) -> list[Holder]:
    """Return the pods that a quota on `gpu` (as in requests.nvidia.com/gpu) counts, oldest first."""
    found = (_holder(pod, charge(pod).get(gpu, 0)) for pod in pods)
    return sorted((one for one in found if one.gpus), key=lambda one: one.born)


def member_of(pod: Raw) -> str:
    """Return the member that a pod counts for (see Holder.member)."""
    labels = part(part(pod, "metadata"), "labels")
    return text(labels, "user") or text(labels, "cvsweep/sweep") or text(part(pod, "metadata"), "uid")


def owed(found: Iterable[Holder], member: str) -> int:
    """Return how many GPUs of the reserve a member may take: one, if the member holds none, else 0."""
    return 0 if any(one.member == member for one in found) else 1


def is_taken(quotas: Iterable[Quota], pod: Raw, policy: Policy) -> bool:
    """Whether a quota shows that part of the reserve is in use, so that the pods should be listed."""
    each = charge(pod).get(policy.gpu, 0)
    return any(
        quota.used.get(policy.gpu, 0) + kept_for_others(quota.hard[policy.gpu], each, policy.reserve)
        > quota.hard[policy.gpu]
        for quota in quotas
        if policy.gpu in quota.hard and applies(quota, pod)
    )


def to_give_back(
    found: Collection[Holder], quotas: Iterable[Quota], sweep: str, policy: Policy
) -> Mapping[str, str]:
    """Return the UIDs of this sweep's pods to delete so that the reserve is free again, each with a message.

    Only pods that do not run yet are given back, never a member's oldest one, and only if an older pod of
    another sweep holds GPUs: for pods that people created by hand, a sweep gives nothing back.
    """
    firsts = _firsts(found)
    return {
        one.uid: _given_back_message(quota, policy)
        for quota in quotas
        for one in _newest(found, quota, policy, firsts)
        if one.sweep == sweep and any(_is_rival(other, sweep) and other.born < one.born for other in found)
    }


def _newest(
    found: Collection[Holder], quota: Quota, policy: Policy, firsts: Collection[str]
) -> Iterator[Holder]:
    """Yield the pods to give back for this quota, of all sweeps, newest first."""
    hard = quota.hard.get(policy.gpu)
    if hard is None:
        return
    counted = [one for one in found if not one.is_leaving and applies(quota, one.pod)]
    used: Amount = sum((one.gpus for one in counted), 0)
    for one in reversed(counted):
        if one.sweep and one.can_wait and one.uid not in firsts:
            if used + kept_for_others(hard, one.gpus, policy.reserve) <= hard:
                return
            used -= one.gpus
            yield one


def _firsts(found: Iterable[Holder]) -> set[str]:
    """Return the UID of each member's oldest pod that is not being deleted."""
    oldest: dict[str, str] = {}
    for one in found:
        if not one.is_leaving:
            oldest.setdefault(one.member, one.uid)
    return set(oldest.values())


def _is_rival(one: Holder, sweep: str) -> bool:
    return one.sweep not in ("", sweep) and not one.is_leaving


def _given_back_message(quota: Quota, policy: Policy) -> str:
    return (
        "given back: another sweep took the same free GPU a moment before, and"
        f" cluster.reserve={policy.reserve} of quota {quota.name} stays free for others"
    )


def _holder(pod: Raw, gpus: Amount) -> Holder:
    metadata = part(pod, "metadata")
    uid = text(metadata, "uid")
    return Holder(
        pod=pod,
        uid=uid,
        member=member_of(pod),
        sweep=text(part(metadata, "labels"), "cvsweep/sweep") if is_original(pod) else "",
        gpus=gpus,
        born=(moment(text(metadata, "creationTimestamp")), uid),
        can_wait=phase(pod) == "Pending" and queue_place(pod) is None,
        is_leaving=bool(text(metadata, "deletionTimestamp")),
    )
