"""Builders of pods and quotas: plain pods of so many GPUs, and a quota `lab` on one resource."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sweeper.clusters.kubernetes.quotas.quota import Quota, Scope

GPU = "requests.nvidia.com/gpu"


def pod(gpus: int = 1, **requests: str) -> dict[str, Any]:
    """A pod that asks for so much."""
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    return pod_of(container(limits, **requests))


def container(limits: dict[str, str] | None = None, **requests: str) -> dict[str, Any]:
    """A container that asks for these."""
    return {"resources": {"limits": limits or {}, "requests": requests}}


def pod_of(*containers: dict[str, Any], phase: str | None = None, **spec: Any) -> dict[str, Any]:
    """A pod of these containers."""
    status = {"status": {"phase": phase}} if phase else {}
    return {"spec": {"containers": list(containers or [container()]), **spec}} | status


def quota(
    hard: float, used: float = 0, key: str = GPU, name: str = "lab", scopes: tuple[Scope, ...] = ()
) -> Quota:
    """A quota on one resource."""
    return Quota(name, {key: Fraction(hard)}, {key: Fraction(used)}, scopes)


def gpus(amount: int) -> dict[str, Fraction]:
    """So many GPUs."""
    return {GPU: Fraction(amount)}
