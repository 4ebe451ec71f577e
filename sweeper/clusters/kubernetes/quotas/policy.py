"""The fair-share policy: the limits that a sweep sets itself in a shared namespace. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from sweeper.clusters.kubernetes.quotas.claims import DEVICES, ClaimCosts
from sweeper.clusters.kubernetes.quotas.quota import Amount, Amounts


@dataclass(frozen=True, slots=True)
class Policy:
    """How much of the namespace a sweep may take.

    Attributes:
        gpu: a quota's name for GPUs, for example `requests.nvidia.com/gpu`.
        reserve: so many GPUs of each quota stay free for others.
        max_gpus: the most GPUs that the sweep may hold at once.
        max_parallel: the most pods that it may have at once.
        owed: how many GPUs of the reserve the sweep may take while it holds none.
        claims: what ResourceClaims cost.
        fallback: the most pods at once if nothing else limits them.
        why: the reason for `fallback`, for people.
    """

    gpu: str
    reserve: int = 0
    max_gpus: int | None = None
    max_parallel: int | None = None
    owed: int = 0
    claims: ClaimCosts = field(default_factory=dict)
    fallback: int | None = None
    why: str = ""

    def is_gpu(self, resource: str) -> bool:
        """Whether this resource of a quota counts GPUs; the devices of every device class do."""
        return resource == self.gpu or resource.endswith(DEVICES)

    def gpus(self, amounts: Amounts) -> Amount:
        """Return how many GPUs these amounts contain, as a resource of their own and as devices."""
        return sum((amount for resource, amount in amounts.items() if self.is_gpu(resource)), 0)


def kept_for_others(hard: Amount, each: Amount, reserve: int) -> Amount:
    """Return the part of a quota that stays free: never so much that not even one of our pods could run.

    Args:
        hard: what the quota allows.
        each: what one of our pods takes.
        reserve: what is to stay free.
    """
    return min(reserve, max(0, hard - each))
