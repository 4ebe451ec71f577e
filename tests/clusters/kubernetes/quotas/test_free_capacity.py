"""How many more pods may be created now."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.quotas.claims import DEVICES
from sweeper.clusters.kubernetes.quotas.fits import never_fits
from sweeper.clusters.kubernetes.quotas.free_capacity import PLENTY, FreeCapacity, free_capacity
from sweeper.clusters.kubernetes.quotas.lag import Unshown
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Amounts, Quota, Scope, charge
from tests.clusters.kubernetes.quotas.builders import GPU, pod, quota

NONE = Policy(GPU)
ONE = Policy(GPU, reserve=1)


TWO = Policy(GPU, reserve=2)
THREE = Policy(GPU, reserve=3)
UNSHOWN = Unshown({GPU: Fraction(3)})


def row(what: str, free: int, reason: str, *quotas: Quota, **case: Any) -> Any:
    """The capacity that these quotas leave, and what limits it. By default a pod takes a GPU; one is kept."""
    ordinary = {"one": pod(), "ours": 0, "unshown": {}, "policy": ONE}
    return pytest.param(quotas, {**ordinary, **case}, free, reason, id=what)


@pytest.mark.parametrize(
    ("quotas", "case", "free", "reason"),
    [
        row("nothing limits", PLENTY, "", ours=3),
        row("kept", 0, f"quota lab: 7 of 8 {GPU} are used and 1 is left for others", quota(8, 7)),
        row(
            "capacity",
            3,
            f"quota lab: 3 of 8 {GPU} are used and 2 are left for others",
            quota(8, 3),
            policy=TWO,
        ),
        row("full", 0, f"quota lab: 8 of 8 {GPU} are used", quota(8, 8)),
        row("shrunken", 0, f"quota lab: 9 of 8 {GPU} are used", quota(8, 9)),
        row(
            "whole pods",
            1,
            f"quota lab: 5 of 8 {GPU} are used; a trial takes 2",
            quota(8, 5),
            one=pod(2),
            policy=NONE,
        ),
        row("the reserve never stops us all", 1, f"quota lab: 0 of 1 {GPU} are used", quota(1)),
        row(
            "nor does a large one",
            1,
            f"quota lab: 0 of 5 {GPU} are used and 1 is left for others; a trial takes 4",
            quota(5),
            one=pod(4),
            policy=THREE,
        ),
        row(
            "what is not shown yet counts",
            3,
            f"quota lab: 5 of 8 {GPU} are used",
            quota(8, 2),
            unshown={"lab": UNSHOWN},
            policy=NONE,
        ),
        row(
            "our own count holds if it is higher",
            2,
            f"quota lab: 6 of 8 {GPU} are used",
            quota(8, 2),
            ours=6,
            unshown={"lab": UNSHOWN},
            policy=NONE,
        ),
        row(
            "the tightest quota",
            6,
            f"quota lab: 2 of 8 {GPU} are used",
            quota(8, 2),
            quota(9, 2, name="other"),
            unshown={"elsewhere": UNSHOWN},
            policy=NONE,
        ),
        row(
            "a quota for other pods",
            6,
            f"quota other: 2 of 8 {GPU} are used",
            quota(1, 1, scopes=(Scope("Terminating"),)),
            quota(8, 2, name="other"),
            policy=NONE,
        ),
        row("a quota on other things", PLENTY, "", quota(0, key="secrets")),
        row("no GPU is asked for", PLENTY, "", quota(0), one=pod(0)),
        row("a quota on pods", 7, "quota lab: 3 of 10 pods are used", quota(10, 3, key="pods")),
        row(
            "memory has no reserve",
            1,
            "quota lab: 32Gi of 64Gi requests.memory are used; a trial takes 24Gi",
            quota(2**36, 2**35, key="requests.memory"),
            one=pod(0, memory="24Gi"),
        ),
        row("nothing counted yet", 3, "quota lab: 0 of 3 pods are used", Quota("lab", {"pods": 3}, {})),
        row("more than plenty", PLENTY, "", quota(2 * PLENTY, key="pods")),
        row("max_gpus", 1, "cluster.max_gpus=4: this sweep holds 3", ours=3, policy=replace(ONE, max_gpus=4)),
        row(
            "max_gpus, whole pods",
            0,
            "cluster.max_gpus=4: this sweep holds 6; a trial takes 2",
            one=pod(2),
            ours=3,
            policy=replace(ONE, max_gpus=4),
        ),
        row("max_gpus is about GPUs", PLENTY, "", one=pod(0), ours=3, policy=replace(ONE, max_gpus=0)),
        row(
            "max_parallel",
            2,
            "cluster.max_parallel=5: this sweep has 3",
            ours=3,
            policy=replace(ONE, max_parallel=5),
        ),
        row(
            "lowered",
            0,
            "cluster.max_parallel=1: this sweep has 3",
            ours=3,
            policy=replace(ONE, max_parallel=1),
        ),
    ],
)
def test_the_free_capacity(quotas: tuple[Quota, ...], case: dict[str, Any], free: int, reason: str) -> None:
    """There is capacity for as many pods as the tightest limit allows, and it is named."""
    live = [charge(case["one"])] * case["ours"]
    found = free_capacity(quotas, case["one"], live, case["unshown"], case["policy"])
    assert (found.pods, found.slots, found.reason) == (free, case["ours"] + free, reason)


OWED = Policy(GPU, reserve=1, owed=1)
DEVICE = f"gpu{DEVICES}"
CLAIMING = {"spec": {"containers": [{}], "resourceClaims": [{"resourceClaimTemplateName": "one"}]}}


@pytest.mark.parametrize(
    ("one", "of", "ours", "policy", "free"),
    [
        pytest.param(pod(), quota(8, 7), 0, OWED, 1, id="a member's first GPU may be the reserve's"),
        pytest.param(pod(), quota(8, 7), 1, OWED, 0, id="not the second"),
        pytest.param(pod(), quota(8, 8), 0, OWED, 0, id="nor one that is not there"),
        pytest.param(pod(), quota(8, 5), 0, OWED, 2, id="with capacity beside the reserve it stays free"),
        pytest.param(pod(2), quota(8, 6), 0, OWED, 1, id="the first of two GPUs"),
        pytest.param(pod(3), quota(8, 6), 0, OWED, 0, id="but only the first"),
        pytest.param(pod(3), quota(8, 5), 0, replace(OWED, reserve=2), 0, id="of a larger reserve too"),
        pytest.param(pod(), quota(8, 6), 0, replace(OWED, reserve=3), 1, id="one of three"),
        pytest.param(pod(), quota(8, 7), 0, ONE, 0, id="whoever holds some elsewhere is owed nothing"),
        pytest.param(pod(0, cpu="1"), quota(8, 8, key="cpu"), 0, OWED, 0, id="it is about GPUs"),
        pytest.param(
            CLAIMING,
            quota(8, 7, key=DEVICE),
            0,
            replace(OWED, claims={"one": {DEVICE: 1}}),
            0,
            id="as a resource, since devices of a claim are not owed",
        ),
    ],
)
def test_the_reserve_binds_only_beyond_the_first_gpu(
    one: dict[str, Any], of: Quota, ours: int, policy: Policy, free: int
) -> None:
    """Everyone can use at least one GPU: a member who holds none may take one that is left for others."""
    assert free_capacity([of], one, [charge(pod())] * ours, {}, policy).pods == free


def test_a_cap_of_our_own_is_named_as_such() -> None:
    """It holds only if nothing else limits the pods, and never blames a setting that nobody made."""
    few = replace(ONE, fallback=8, why="nothing limits these pods, so 8")
    full = free_capacity([], pod(), [charge(pod())] * 8, {}, few)
    assert (full.pods, full.slots, full.reason) == (0, 8, "nothing limits these pods, so 8")
    assert free_capacity([], pod(), [], {}, few).pods == 8
    assert free_capacity([quota(20)], pod(), [], {}, few).pods == 19
    assert free_capacity([], pod(), [], {}, replace(few, max_parallel=30)).pods == 30
    assert free_capacity([], pod(), [], {}, replace(few, max_gpus=12)).pods == 12
    assert free_capacity([quota(20)], pod(0), [], {}, few).pods == 8


def test_every_limit_is_reported() -> None:
    """The log can show what each limit alone would allow."""
    both = Quota("lab", {GPU: Fraction(8), "pods": Fraction(5)}, {GPU: Fraction(6), "pods": Fraction(1)})
    policy = Policy(GPU, reserve=1, max_gpus=9, max_parallel=7)
    assert free_capacity([both], pod(), [charge(pod())], {}, policy) == FreeCapacity(
        pods=1,
        slots=2,
        reason=f"quota lab: 6 of 8 {GPU} are used and 1 is left for others",
        bounds={"quota lab " + GPU: 1, "quota lab pods": 4, "cluster.max_gpus": 8, "cluster.max_parallel": 6},
    )


SMALL = st.integers(0, 12)
PODS = st.builds(lambda gpus, cpu: pod(gpus, cpu=f"{cpu}00m"), st.integers(0, 3), SMALL)
QUOTAS = st.lists(
    st.builds(
        lambda name, hard, used: Quota(
            name,
            {key: Fraction(most) for key, most in hard.items()},
            {key: Fraction(amount) for key, amount in used.items()},
        ),
        st.sampled_from(["a", "b"]),
        st.dictionaries(st.sampled_from([GPU, "cpu", "pods", "count/pods"]), SMALL),
        st.dictionaries(st.sampled_from([GPU, "cpu", "pods"]), SMALL),
    ),
    max_size=2,
    unique_by=lambda quota: quota.name,
)
LIMITS = st.none() | SMALL
POLICIES = st.builds(Policy, st.just(GPU), SMALL, LIMITS, LIMITS)
LIVE = st.lists(PODS.map(charge), max_size=4)


@given(QUOTAS, PODS, LIVE, POLICIES)
def test_no_quota_is_ever_exceeded(
    quotas: list[Quota], one: dict[str, Any], live: list[Amounts], policy: Policy
) -> None:
    """All taken, no quota is used beyond its limit, less the reserve, nor an own limit passed."""
    free = free_capacity(quotas, one, live, {}, policy).pods
    assert free >= 0
    if not free:
        return
    each = charge(one)
    held = sum((pod.get(GPU, Fraction(0)) for pod in live), Fraction(0))
    for of in quotas:
        for key, hard in of.hard.items():
            ours = sum((pod.get(key, Fraction(0)) for pod in live), Fraction(0))
            kept = min(Fraction(policy.reserve), hard - each[key]) if key == GPU and each.get(key) else 0
            if each.get(key):
                assert max(of.used.get(key, Fraction(0)), ours) + free * each[key] <= hard - kept
    assert policy.max_parallel is None or len(live) + free <= policy.max_parallel
    assert policy.max_gpus is None or not each.get(GPU) or held + free * each[GPU] <= policy.max_gpus


@given(QUOTAS, PODS, LIVE, POLICIES, st.sampled_from([GPU, "cpu", "pods"]), SMALL)
def test_more_use_is_never_more_capacity(
    quotas: list[Quota], one: dict[str, Any], live: list[Amounts], policy: Policy, key: str, more: int
) -> None:
    """Where more is used, or more may be, there is as much free or less."""
    before = free_capacity(quotas, one, live, {}, policy).pods
    fuller = [
        replace(quota, used={**quota.used, key: quota.used.get(key, Fraction(0)) + more}) for quota in quotas
    ]
    unshown = {quota.name: Unshown({key: Fraction(more)}) for quota in quotas}
    assert free_capacity(fuller, one, live, {}, policy).pods <= before
    assert free_capacity(quotas, one, live, unshown, policy) == free_capacity(fuller, one, live, {}, policy)


@given(QUOTAS, PODS, st.integers(0, 4), POLICIES)
def test_a_pod_takes_the_capacity_of_one(
    quotas: list[Quota], one: dict[str, Any], ours: int, policy: Policy
) -> None:
    """After a create there is capacity for exactly one pod less, however the quota is told."""
    live = [charge(one)] * ours
    free = free_capacity(quotas, one, live, {}, policy).pods
    if not 0 < free < PLENTY:
        return
    unshown = {quota.name: Unshown(charge(one)) for quota in quotas}
    assert free_capacity(quotas, one, [*live, charge(one)], unshown, policy).pods == free - 1


@pytest.mark.parametrize(
    ("quotas", "ours", "unshown", "alone"),
    [
        pytest.param([], 0, {}, False, id="no quota tells"),
        pytest.param([quota(8, key="secrets")], 0, {}, False, id="none that counts pods does"),
        pytest.param([quota(8)], 0, {}, True, id="nobody"),
        pytest.param([quota(8, 1)], 0, {}, False, id="another"),
        pytest.param([quota(8, 3)], 3, {}, True, id="all of it is ours"),
        pytest.param([quota(8, 4)], 3, {}, False, id="not all of it"),
        pytest.param([quota(8, 2)], 3, {"lab": Unshown({GPU: 1})}, True, id="one is not shown yet"),
        pytest.param([quota(8, 3)], 3, {"lab": Unshown({GPU: 1})}, False, id="nor is another's own"),
        pytest.param([quota(8, 3)], 2, {"lab": Unshown({}, {GPU: 1})}, True, id="one has just ended"),
        pytest.param([quota(8, 4)], 2, {"lab": Unshown({}, {GPU: 1})}, False, id="but another has not"),
        pytest.param([quota(8, 3)], 2, {"other": Unshown({}, {GPU: 1})}, False, id="in another quota"),
        pytest.param([quota(8), quota(8, 1, name="other")], 0, {}, False, id="in one quota of two"),
        pytest.param(
            [quota(8), quota(8, 1, name="other", scopes=(Scope("Terminating"),))],
            0,
            {},
            True,
            id="in one that counts other pods",
        ),
    ],
)
def test_alone(quotas: list[Quota], ours: int, unshown: dict[str, Unshown], alone: bool) -> None:
    """We are alone where every quota that counts our pods counts none but ours, as far as we know."""
    assert free_capacity(quotas, pod(), [charge(pod())] * ours, unshown, NONE).alone is alone


@given(QUOTAS, PODS, POLICIES)
def test_what_can_never_fit_has_no_capacity(quotas: list[Quota], one: dict[str, Any], policy: Policy) -> None:
    """In an empty namespace there is capacity for one unless it is said that it never fits."""
    empty = [replace(quota, used={}) for quota in quotas]
    assert bool(never_fits(quotas, one, policy)) == (free_capacity(empty, one, [], {}, policy).pods == 0)
