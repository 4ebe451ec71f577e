"""What ResourceClaims cost, as Kubernetes' own evaluator counts it."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.clusters.kubernetes.quotas.claims import COUNT, DEVICES, claimed, costs
from sweeper.clusters.kubernetes.quotas.fits import never_fits
from sweeper.clusters.kubernetes.quotas.free_capacity import free_capacity
from sweeper.clusters.kubernetes.quotas.holdings import holdings, shares
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Quota, charge

GPU, TPU = f"gpu{DEVICES}", f"tpu{DEVICES}"


def template(*requests: dict[str, Any], name: str = "one") -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"spec": {"devices": {"requests": list(requests)}}}}


def exactly(kind: str = "gpu", **more: Any) -> dict[str, Any]:
    return {"name": "r", "exactly": {"deviceClassName": kind, **more}}


def any_of(*kinds: dict[str, Any]) -> dict[str, Any]:
    return {"name": "r", "firstAvailable": list(kinds)}


@pytest.mark.parametrize(
    ("requests", "want"),
    [
        ([exactly()], {GPU: 1}),
        ([exactly(allocationMode="ExactCount", count=5)], {GPU: 5}),
        ([exactly()] * 5, {GPU: 5}),
        ([exactly(), exactly("tpu", count=2)], {GPU: 1, TPU: 2}),
        ([exactly(allocationMode="All")], {GPU: 32}),
        ([exactly(allocationMode="Later")], {GPU: 0}),
        ([exactly(adminAccess=True)], {GPU: 1}),
        ([any_of({"deviceClassName": "gpu", "count": 2}, {"deviceClassName": "gpu"})], {GPU: 2}),
        (
            [any_of({"deviceClassName": "gpu"}, {"deviceClassName": "tpu", "allocationMode": "All"})],
            {GPU: 1, TPU: 32},
        ),
        ([{"name": "r", "deviceClassName": "gpu", "count": 3}], {GPU: 3}),
        ([], {}),
    ],
)
def test_a_template_costs_its_claim_and_the_devices_that_it_may_take(
    requests: list[dict[str, Any]], want: dict[str, int]
) -> None:
    """Counts add up, "All" is the most that there can be, of alternatives the largest of a class counts."""
    assert costs([template(*requests)]) == {"one": {COUNT: 1, **want}}


def pod(*claims: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"name": "p", "labels": {"user": "ada"}},
        "spec": {"containers": [{}], "resourceClaims": list(claims)},
        "status": {"phase": "Running"},
    }


KNOWN = costs([template(exactly(count=2))])
TWO = pod({"name": "a", "resourceClaimTemplateName": "one"})


def test_a_pod_costs_the_claims_that_are_made_for_it():
    """One that exists already is shared; one from a template that may not be read is an object at least."""
    both = pod(
        {"name": "a", "resourceClaimTemplateName": "one"}, {"name": "b", "resourceClaimName": "shared"}
    )
    assert claimed(both, KNOWN) == {COUNT: 1, GPU: 2}
    assert claimed(pod({"name": "a", "source": {"resourceClaimTemplateName": "one"}}), KNOWN)[GPU] == 2
    assert claimed(TWO, {}) == {COUNT: 1}
    assert charge(TWO, KNOWN)[GPU] == 2
    ended = {**TWO, "status": {"phase": "Succeeded"}}
    assert charge(ended, KNOWN) == {"count/pods": 1}


def test_devices_are_bounded_as_gpus_are():
    """The quota of the class, the reserve and max_gpus hold for devices too."""
    quota, policy = Quota("lab", {GPU: 8}, {GPU: 3}), Policy("requests.nvidia.com/gpu", claims=KNOWN)
    assert free_capacity([quota], TWO, [], {}, policy).pods == 2
    kept = Policy("requests.nvidia.com/gpu", reserve=2, claims=KNOWN)
    assert free_capacity([quota], TWO, [], {}, kept).pods == 1
    few = Policy("requests.nvidia.com/gpu", max_gpus=5, claims=KNOWN)
    assert free_capacity([], TWO, [charge(TWO, KNOWN)], {}, few).pods == 1
    small = Quota("lab", {GPU: 1}, {})
    assert never_fits([small], TWO, policy) == f"quota lab allows 1 {GPU} and one trial asks for 2"


def test_the_quota_page_shows_devices():
    """A quota of a class is a share of its own, and a member holds what the claims of the pods take."""
    raw = {
        "metadata": {"name": "dra"},
        "spec": {"hard": {GPU: "8", "pods": "5"}},
        "status": {"hard": {GPU: "8"}, "used": {GPU: "2"}},
    }
    (share,) = shares([raw], "nvidia.com/gpu")
    assert (share.quota, share.used, share.free, share.resource) == (
        "dra",
        2,
        6,
        "gpu.deviceclass.resource.k8s.io",
    )
    assert [one.gpus for one in holdings([TWO], "nvidia.com/gpu", KNOWN)] == [2]
