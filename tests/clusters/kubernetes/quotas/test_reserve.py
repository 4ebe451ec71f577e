"""Who may take a GPU that stays free for others, and who gives one back."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.pods.identity import Requests
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Quota, Scope
from sweeper.clusters.kubernetes.quotas.reserve import holders, is_taken, member_of, owed, to_give_back

GPU = "requests.nvidia.com/gpu"
ONE = Policy(GPU, reserve=1)
FULL = Quota("lab", {GPU: 8}, {GPU: 8})


def pod(uid: str, sweep: str = "", user: str = "ada", second: int = 0, **changes: Any) -> dict[str, Any]:
    """A pod of one GPU that was created `second` seconds past noon."""
    ours = {"app.kubernetes.io/managed-by": "cvsweep", "cvsweep/sweep": sweep} if sweep else {}
    mark = Requests().marked({"metadata": {"name": changes.get("original", uid)}})["metadata"]["annotations"]
    return {
        "metadata": {
            "uid": uid,
            "name": uid,
            "annotations": mark if sweep else {},
            "labels": ({"user": user} if user else {}) | ours,
            "creationTimestamp": f"2026-11-23T12:00:{second:02d}Z",
            "deletionTimestamp": changes.get("deletion"),
        },
        "spec": {
            "containers": [{"resources": {"limits": {"nvidia.com/gpu": str(changes.get("gpus", 1))}}}],
            "schedulingGates": changes.get("gates"),
            "activeDeadlineSeconds": changes.get("limit"),
        },
        "status": {"phase": changes.get("phase", "Running")},
    }


def given_back(sweep: str, *pods: dict[str, Any], policy: Policy = ONE, quota: Quota = FULL) -> list[str]:
    return sorted(to_give_back(holders(pods, GPU), [quota], sweep, policy))


OLD = [pod(f"old{number}", "a", second=number) for number in range(4)]
OTHERS = [pod(f"other{number}", "b", "bob", second=number) for number in range(2)]


def waiting(uid: str, sweep: str, user: str = "ada", second: int = 30, **changes: Any) -> dict[str, Any]:
    return pod(uid, sweep, user, second, phase="Pending", **changes)


def test_of_two_pods_into_the_last_capacity_the_newer_goes():
    """Both controllers say so, each of its own pod alone: exactly one of the two pods goes."""
    pods = [*OLD, *OTHERS, waiting("a9", "a", second=31), waiting("b9", "b", "bob", second=30)]
    assert given_back("a", *pods) == ["a9"]
    assert given_back("b", *pods) == []


def test_pods_of_the_same_second_are_distinguished():
    """Stamps have whole seconds; the UID then decides, for everybody alike."""
    pods = [*OLD, *OTHERS, waiting("x2", "a"), waiting("x1", "b", "bob")]
    assert (given_back("a", *pods), given_back("b", *pods)) == (["x2"], [])


@pytest.mark.parametrize(
    ("last", "want"),
    [
        pytest.param(waiting("z", "a"), ["z"], id="what waits goes"),
        pytest.param(pod("z", "a", second=30), [], id="what runs stays"),
        pytest.param(waiting("z", "a", deletion="now"), [], id="what is leaving is gone already"),
        pytest.param(waiting("z", "a", "eve"), [], id="a member's first GPU stays"),
        pytest.param(waiting("z", "a", ""), [], id="so does a nameless sweep's"),
        pytest.param(waiting("z", "a", gates=[{"name": "q"}]), [], id="what waits in a queue stays"),
        pytest.param(waiting("z", ""), [], id="what is nobody's sweep's is not ours to end"),
        pytest.param(waiting("z", "b"), [], id="nor is another sweep's"),
        pytest.param(waiting("z", "a", original="y"), [], id="nor what only copies our labels"),
    ],
)
def test_what_goes(last: dict[str, Any], want: list[str]) -> None:
    """Only a pod of ours that waits and is not somebody's first goes, and only while the reserve is gone."""
    hand = pod("hand", "", "kim", second=20)
    assert given_back("a", *OLD, *OTHERS, hand, last) == want
    free = Quota("lab", {GPU: 9}, {GPU: 8})
    assert given_back("a", *OLD, *OTHERS, hand, last, quota=free) == []


def test_what_people_take_by_hand_costs_a_lone_sweep_nothing():
    """Without another sweep there was no race: whoever took the reserve by hand meant to."""
    hand = [pod(f"h{number}", "", "kim", second=40 + number) for number in range(4)]
    assert given_back("a", *OLD, waiting("z", "a"), *hand[:3]) == []


def test_copies_of_another_sweeps_pods_are_no_other_sweep():
    """Labels alone prove nothing: somebody copied the pods of a sweep to try something by hand."""
    copies = [pod(f"c{number}", "b", "kim", second=number, original="b") for number in range(3)]
    assert given_back("a", *OLD, waiting("z", "a"), *copies) == []


def test_no_more_goes_than_the_reserve_needs():
    """Of several that wait the newest go, until the reserve is free; whoever is older keeps its pods."""
    pods = [*OLD[:3], *OTHERS, waiting("a1", "a", second=30), waiting("b1", "b", "bob", second=31),
            waiting("a2", "a", second=32)]  # fmt: skip
    assert (given_back("a", *pods), given_back("b", *pods)) == (["a2"], [])
    two = replace(ONE, reserve=2)
    assert (given_back("a", *pods, policy=two), given_back("b", *pods, policy=two)) == (["a2"], ["b1"])


def test_a_large_pod_counts_with_all_its_gpus():
    """One pod of two GPUs makes capacity for two."""
    pods = [*OLD[:3], *OTHERS, pod("b0", "b", "bob", second=9), waiting("a2", "a", gpus=2)]
    assert given_back("a", *pods) == ["a2"]
    assert given_back("a", *pods, quota=Quota("lab", {GPU: 2}, {GPU: 8})) == ["a2"]


def test_a_quota_for_other_pods_or_other_things_asks_for_nothing():
    """Only a quota on GPUs that counts the pods has a reserve."""
    pods = [*OLD, *OTHERS, pod("c", "", "kim"), waiting("a9", "a")]
    assert given_back("a", *pods, quota=Quota("lab", {"pods": 8}, {"pods": 8})) == []
    assert given_back("a", *pods, quota=replace(FULL, scopes=(Scope("Terminating"),))) == []


def test_a_first_gpu_is_owed_to_whoever_holds_none():
    """Pods of the same member count whoever made them; without a label, those of the sweep do."""
    found = holders([*OLD, pod("c", "", "kim"), pod("d", "c", ""), pod("e", "", "ben", gpus=0)], GPU)
    assert [owed(found, who) for who in ("ada", "kim", "ben", "new", "c", "d")] == [0, 0, 1, 1, 0, 1]
    assert [member_of(one) for one in (pod("u"), pod("u", "s", ""), pod("u", "", ""))] == ["ada", "s", "u"]


@pytest.mark.parametrize(
    ("used", "policy", "want"),
    [(7, ONE, False), (8, ONE, True), (7, replace(ONE, reserve=2), True), (8, Policy(GPU), False)],
)
def test_a_look_around_is_worth_it_once_the_reserve_is_taken(used: int, policy: Policy, want: bool) -> None:
    """As the quotas that count such pods show it."""
    quotas = [Quota("lab", {GPU: 8}, {GPU: used}), Quota("cpu", {"cpu": 1}, {"cpu": 9})]
    assert is_taken(quotas, pod("u"), policy) is want
    assert not is_taken([replace(quotas[0], scopes=(Scope("Terminating"),))], pod("u"), policy)


PODS = st.lists(
    st.builds(
        lambda sweep, user, second, phase, gpus: (sweep, user, second, phase, gpus),
        st.sampled_from(["", "a", "b", "c"]),
        st.sampled_from(["ada", "bob", "kim"]),
        st.integers(0, 3),
        st.sampled_from(["Pending", "Running"]),
        st.integers(1, 2),
    ),
    max_size=7,
)


@given(PODS, st.integers(1, 8), st.integers(0, 2), st.permutations("abc"))
def test_whoever_looks_first_the_reserve_comes_free_and_no_more(
    made: list[tuple[str, str, int, str, int]], hard: int, reserve: int, order: list[str]
) -> None:
    """The sweeps look one after another, each after the others' deletions; then nobody has more to give."""
    pods = [
        pod(f"u{number}", sweep, user, second, phase=phase, gpus=gpus)
        for number, (sweep, user, second, phase, gpus) in enumerate(made)
    ]
    quota, policy = Quota("lab", {GPU: hard}, {}), Policy(GPU, reserve=reserve)
    for sweep in order:
        gone = set(given_back(sweep, *pods, policy=policy, quota=quota))
        before = sum(one.gpus for one in holders(pods, GPU))
        pods = [one for one in pods if one["metadata"]["uid"] not in gone]
        assert not gone or before + reserve > hard
    for sweep in "abc":
        assert given_back(sweep, *pods, policy=policy, quota=quota) == []
    assert {one["metadata"]["uid"] for one in pods} >= {
        f"u{number}" for number, (sweep, *_, phase, _) in enumerate(made) if phase == "Running" or not sweep
    }


def test_the_order_in_which_pods_are_listed_is_nothing():
    """Everybody comes to the same verdict."""
    pods = [OLD[0], OTHERS[0], waiting("x2", "a"), waiting("x1", "b", "bob"), waiting("x3", "a")]
    small = Quota("lab", {GPU: 4}, {})
    assert {tuple(given_back("a", *some, quota=small)) for some in permutations(pods)} == {("x2", "x3")}
