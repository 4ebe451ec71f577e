"""Whether a pod could be created at all, in an empty namespace. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import (
    Amounts,
    Quota,
    applies,
    charge,
    format_amount,
    unspecified,
)
from sweeper.clusters.kubernetes.raw import Raw


def never_fits(quotas: Collection[Quota], pod: Raw, policy: Policy, *, is_specified: bool = False) -> str:
    """Return why no pod like this one could be created in an empty namespace; empty if one could.

    Args:
        quotas: all quotas of the namespace.
        pod: an ordinary pod of the sweep.
        policy: the sweep's own limits.
        is_specified: the server has already checked that every container has all mandatory amounts.
    """
    wanted = charge(pod, policy.claims)
    missing = {quota.name: [] if is_specified else unspecified(quota, pod) for quota in quotas}
    counting = [quota for quota in quotas if applies(quota, pod)]
    found = [line for quota in counting for line in _obstacles(quota, missing[quota.name], wanted)]
    gpus = policy.gpus(wanted)
    if policy.max_gpus is not None and policy.max_gpus < gpus:
        found.append(
            f"cluster.max_gpus={policy.max_gpus}: one trial asks for {format_amount(gpus)} {policy.gpu}"
        )
    if policy.max_parallel is not None and policy.max_parallel < 1:
        found.append(f"cluster.max_parallel={policy.max_parallel}: nothing could ever run; give at least 1")
    return next(iter(found), "")


def _obstacles(quota: Quota, missing: list[str], wanted: Amounts) -> Iterator[str]:
    if missing:
        remedies = ", ".join(dict.fromkeys(map(_remedy, missing)))
        yield f"quota {quota.name} needs {', '.join(missing)} of every container: set {remedies}"
    for resource, hard in quota.hard.items():
        if (asked := wanted.get(resource, 0)) > hard:
            allowed, wants = format_amount(hard), format_amount(asked)
            yield f"quota {quota.name} allows {allowed} {resource} and one trial asks for {wants}"


def _remedy(resource: str) -> str:
    """Return the setting for a resource. `cluster.memory` is limit and request, `cluster.cpu` a request."""
    return "cluster.limits.cpu" if resource == "limits.cpu" else f"cluster.{resource.rpartition('.')[2]}"
