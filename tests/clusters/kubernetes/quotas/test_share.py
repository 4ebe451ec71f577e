"""Whether others had a reason to take a GPU from us."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Quota, Scope
from sweeper.clusters.kubernetes.quotas.reserve import holders
from sweeper.clusters.kubernetes.quotas.share import above_share, fair_share, full

GPU = "requests.nvidia.com/gpu"


def pod(user: str, uid: str = "u", gpus: int = 1, phase: str = "Running"):
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {"cpu": "1"}
    return {
        "metadata": {"uid": uid, "labels": {"user": user}, "creationTimestamp": "2026-11-23T22:28:28Z"},
        "spec": {"containers": [{"name": "trial", "resources": {"limits": limits}}]},
        "status": {"phase": phase},
    }


def gpus(used: int, hard: int = 8, **more: int) -> Quota:
    return Quota("lab", {GPU: hard} | more, {GPU: used} | more)


@pytest.mark.parametrize(
    ("hard", "reserve", "members", "share"),
    [(8, 0, 1, 8), (8, 1, 2, 3), (30, 1, 20, 1), (8, 0, 9, 0), (1, 2, 1, 0), (8, 1, 0, 7)],
)
def test_a_share_is_what_is_left_beside_the_reserve_divided_by_the_members(hard, reserve, members, share):
    assert fair_share(hard, reserve, members) == share


@pytest.mark.parametrize(
    ("quotas", "asked", "want"),
    [
        ([gpus(8)], 1, f"quota lab was full (8 of 8 {GPU})"),
        ([gpus(7)], 1, ""),
        ([gpus(7)], 2, f"quota lab was full (7 of 8 {GPU})"),
        ([gpus(9)], 1, f"quota lab was full (9 of 8 {GPU})"),
        ([gpus(8)], 0, ""),
        ([gpus(1), Quota("small", {"pods": 3}, {"pods": 3})], 1, "quota small was full (3 of 3 pods)"),
        ([], 1, ""),
    ],
)
def test_a_quota_is_full_if_no_other_pod_like_this_one_fits(quotas, asked, want):
    assert full(quotas, pod("ada", gpus=asked)) == want


@pytest.mark.parametrize(
    ("around", "want"),
    [
        ([], ""),
        ([pod("ada", f"{n}") for n in range(7)], "we held 8 GPUs, and a fair share was 7"),
        ([pod("ada", "u"), pod("ada", "v"), pod("bob", "w")], ""),
        ([pod("ada", f"{n}") for n in range(3)] + [pod("bob", "w", phase="Pending")], "held 4 GPUs"),
        ([pod("ada", f"{n}") for n in range(3)] + [pod("bob", "w", gpus=0)], ""),
        ([pod("ada", f"{n}", phase="Failed") for n in range(9)], ""),
    ],
)  # fmt: skip
def test_more_than_a_share_is_counted_over_all_pods_of_a_member(around, want):
    """The deleted pod counts, whether the server still shows it or not; members are who holds or waits."""
    found = above_share(holders(around, GPU), pod("ada"), [gpus(8)], Policy(GPU, reserve=1))
    assert want in found
    assert bool(want) == bool(found)


def test_no_message_is_about_what_no_quota_bounds():
    many = holders([pod("ada", f"{n}") for n in range(9)], GPU)
    assert above_share(many, pod("ada"), [], Policy(GPU)) == ""
    assert above_share(many, pod("ada", gpus=0), [gpus(8)], Policy(GPU)) == ""
    scoped = Quota("high", {GPU: 8}, {GPU: 8}, (Scope("PriorityClass", "In", ("high",)),))
    assert above_share(many, pod("ada"), [scoped], Policy(GPU)) == ""
    # A pod that went while nobody looked shows nothing but its UID.
    assert above_share(many, {"metadata": {"uid": "u"}}, [gpus(8), scoped], Policy(GPU)) == ""
