"""What the ResourceClaims of a pod cost (dynamic resource allocation, resource.k8s.io). Pure.

A claim that Kubernetes makes for a pod from a ResourceClaimTemplate is charged to quotas on its own, when
it is made: as one object, and for each device class as the devices that it may take (Kubernetes, Concepts,
Resource Quotas, "Quota for DRA resource claims"; pkg/quota/v1/evaluator/core/resource_claims.go). A claim
that exists already is shared, so another pod that uses it costs nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sweeper.clusters.kubernetes.raw import Raw, part, parts, text

DEVICES = ".deviceclass.resource.k8s.io/devices"
"""How a quota names the devices of a class: `<class>.deviceclass.resource.k8s.io/devices`."""

COUNT = "count/resourceclaims.resource.k8s.io"
_MOST = 32  # the most devices that one claim can be given

ClaimCosts = Mapping[str, Mapping[str, int]]
"""The cost of a claim that is made from a template, by the template's name."""


def costs(templates: Iterable[Raw]) -> dict[str, Mapping[str, int]]:
    """Return the cost of a claim from each of these ResourceClaimTemplates, by the template's name."""
    return {text(part(one, "metadata"), "name"): _cost(part(part(one, "spec"), "spec")) for one in templates}


def claimed(pod: Raw, known: ClaimCosts) -> Counter[str]:
    """Return the cost of the claims made for a pod; one from an unknown template counts as one object."""
    made = Counter[str]()
    for claim in parts(part(pod, "spec"), "resourceClaims"):
        # Before Kubernetes 1.31 the names were in "source".
        name = text({**part(claim, "source"), **claim}, "resourceClaimTemplateName")
        if name:
            made.update(known.get(name, {COUNT: 1}))
    return made


def has_claims(pod: Raw) -> bool:
    return bool(parts(part(pod, "spec"), "resourceClaims"))


def _cost(spec: Raw) -> Mapping[str, int]:
    cost = Counter[str]({COUNT: 1})
    for request in parts(part(spec, "devices"), "requests"):
        # Only one of the alternatives is allocated: for each class the largest counts.
        alternatives = parts(request, "firstAvailable")
        largest: dict[str, int] = {}
        for one in alternatives or [part(request, "exactly") or request]:  # before v1beta2 without "exactly"
            key = f"{text(one, 'deviceClassName')}{DEVICES}"
            largest[key] = max(largest.get(key, 0), _devices(one))
        cost.update(largest)
    return cost


def _devices(request: Raw) -> int:
    match text(request, "allocationMode") or "ExactCount":
        case "ExactCount":
            count = request.get("count")
            return count if isinstance(count, int) and count > 0 else 1
        case "All":
            return _MOST
        case _:
            return 0
