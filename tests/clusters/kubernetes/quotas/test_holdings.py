"""Who holds what in a namespace, and how the lab ranks it."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.clusters.kubernetes.pods.identity import Requests
from sweeper.clusters.kubernetes.quotas.holdings import holdings, members, ranked, shares, unranked

GPU = "nvidia.com/gpu"


def pod(
    name: str, user: str | None = "ada", gpus: int = 1, minute: int = 0, **changes: Any
) -> dict[str, Any]:
    """A pod of the lab, made `minute` minutes past noon."""
    labels = {"user": user, "priority": changes.get("priority"), **changes.get("labels", {})}
    limits = {GPU: str(gpus)} if gpus else {}
    return {
        "metadata": {
            "name": name,
            "labels": {key: value for key, value in labels.items() if value is not None},
            "annotations": changes.get("annotations"),
            "creationTimestamp": f"2026-11-23T12:{minute:02d}:00Z",
            "deletionTimestamp": changes.get("deletion"),
        },
        "spec": {"nodeName": changes.get("node"), "containers": [{"resources": {"limits": limits}}]},
        "status": {"phase": changes.get("phase", "Running"), "containerStatuses": changes.get("statuses")},
    }


def order(*pods: dict[str, Any]) -> list[str]:
    return [one.pod for one in ranked(holdings(pods, GPU))]


def test_everyone_comes_with_one_gpu_before_anyone_with_a_second():
    """A person's Nth GPU ranks above anyone's (N+1)th, however late the person came."""
    assert order(pod("a1", "ada", minute=0), pod("a2", "ada", minute=1), pod("b1", "bob", minute=9)) == [
        "a1", "b1", "a2",
    ]  # fmt: skip


def test_a_pod_ranks_by_its_last_gpu():
    """A pod of four GPUs is its owner's fourth GPU: it comes after anyone's third."""
    assert order(pod("four", "ada", 4), *(pod(f"b{i}", "bob", minute=i) for i in range(1, 6))) == [
        "b1", "b2", "b3", "four", "b4", "b5",
    ]  # fmt: skip


@pytest.mark.parametrize(("label", "number"), [
    ("5", 5), ("0-5", -5), ("-5", -5), (None, 0), ("high", 0), ("", 0), ("1.5", 0), ("0", 0), ("007", 7),
])  # fmt: skip
def test_a_priority_is_read_as_the_lab_writes_it(label, number):
    """`0-5` is -5, and what is no number is none."""
    assert holdings([pod("a", priority=label)], GPU)[0].priority == number


def test_a_persons_own_pods_come_by_priority_then_age():
    """Within one person's pods a higher priority comes first, then the older."""
    found = order(
        pod("old", minute=1),
        pod("new", minute=2),
        pod("low", minute=0, priority="0-1"),
        pod("high", minute=9, priority="3"),
    )
    assert found == ["high", "old", "new", "low"]


def test_what_is_nobodys_comes_last():
    """Pods without a user label rank after everybody's last."""
    assert order(pod("x", None), *(pod(f"a{i}", minute=i) for i in range(3))) == ["a0", "a1", "a2", "x"]


def test_of_nobodys_pods_the_larger_goes_first():
    """Pods without a user label are not one person's: each ranks by its own GPUs."""
    assert order(pod("x", None, 2, minute=0), pod("y", None, 1, minute=1), pod("z", None, 1, minute=2)) == [
        "y", "z", "x",
    ]  # fmt: skip


def began(minute: int) -> list[dict[str, Any]]:
    return [{"name": "main", "state": {"running": {"startedAt": f"2026-11-23T12:{minute:02d}:00Z"}}}]


def test_between_even_pods_the_one_that_started_later_goes_first():
    """What decides is not when a pod was created but when its container began to run."""
    found = order(
        pod("a", "ada", minute=0, statuses=began(9)),
        pod("b", "bob", minute=1, statuses=began(2)),
        pod("c", "eve", minute=5),
    )
    assert found == ["b", "c", "a"]
    assert order(
        pod("a1", "ada", minute=0, statuses=began(9)), pod("a2", "ada", minute=1, statuses=began(3))
    ) == ["a2", "a1"]


def test_only_pods_that_run_have_a_rank():
    """A pod that waits holds quota, but does not push its owner's running pods down."""
    pods = [
        pod("waits", "ada", minute=0, phase="Pending", priority="9"),
        pod("new", "bob", minute=8, phase="Pending"),
        pod("runs", "ada", minute=5),
        pod("going", "bob", minute=6, deletion="2026-11-23T13:00:00Z"),
        pod("cpu", "bob", 0, phase="Pending"),
    ]
    assert order(*pods) == ["runs", "going"]
    assert [one.pod for one in unranked(holdings(pods, GPU))] == ["waits", "new"]


def test_cpu_pods_are_not_ranked_but_counted():
    """A pod with no GPU has no rank; it counts as a pod of its owner."""
    found = holdings([pod("cpu", gpus=0), pod("gpu")], GPU)
    assert [one.pod for one in ranked(found)] == ["gpu"]
    assert [(one.user, one.running, one.pods) for one in members(found)] == [("ada", 1, 2)]


def test_members_are_those_who_hold_most_first():
    """What runs and what waits are told apart, what has ended counts for nothing, nobody's comes last."""
    found = holdings(
        [
            pod("a", "ada", 2), pod("b", "bob", 1, phase="Pending"), pod("c", "bob", 4), pod("d", None, 8),
            pod("gone", "ada", 4, phase="Succeeded"), pod("going", "eve", deletion="now", node="n"),
        ],
        GPU,
    )  # fmt: skip
    assert [(one.user, one.running, one.pending, one.pods) for one in members(found)] == [
        ("bob", 4, 1, 2), ("ada", 2, 0, 1), ("eve", 1, 0, 1), ("", 8, 0, 1),
    ]  # fmt: skip


def test_ours_are_known_by_their_label():
    """A pod of cvsweep's says which sweep it belongs to."""
    labels = {"app.kubernetes.io/managed-by": "cvsweep", "cvsweep/sweep": "abcd"}
    found = holdings(
        [
            pod("a", labels=labels, annotations={"cvsweep/sweep-name": "digits"}),
            pod("b", labels=labels),
            pod("c", annotations={"cvsweep/sweep-name": "fake"}),
            Requests().marked(pod("d", labels=labels, annotations={})),
            pod("e") | {"metadata": copied("f", labels)},
        ],
        GPU,
    )
    assert [one.sweep for one in found] == ["digits", "abcd", "", "abcd", ""]


def copied(name, labels):
    """What somebody's copy of the pod e says of itself."""
    return Requests().marked(pod("e", labels=labels, annotations={}))["metadata"] | {"name": name}


def test_a_share_is_what_a_quota_says_of_the_gpus():
    """Quotas that bound no GPU are left out, and a quota cut below its use has nothing free."""
    key = f"requests.{GPU}"

    def quota(name: str, hard: dict[str, str], used: dict[str, str], **spec: Any) -> dict[str, Any]:
        return {
            "metadata": {"name": name},
            "spec": {"hard": hard, **spec},
            "status": {"hard": hard, "used": used},
        }

    found = shares(
        [
            quota("lab", {key: "8", "pods": "50"}, {key: "5"}),
            quota("cpu", {"cpu": "8"}, {}),
            quota("cut", {key: "2"}, {key: "5"}, scopes=["NotTerminating"]),
        ],
        GPU,
    )
    assert [(one.quota, one.hard, one.used, one.free, one.scopes) for one in found] == [
        ("lab", 8, 5, 3, ()),
        ("cut", 2, 5, 0, ("NotTerminating",)),
    ]
