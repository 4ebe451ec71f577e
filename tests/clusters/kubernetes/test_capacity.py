"""How many more pods there is capacity for, as the server makes them, and while no quota is known."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sweeper.clusters.kubernetes import capacity
from sweeper.clusters.kubernetes.cache import QUOTAS
from sweeper.clusters.kubernetes.capacity import UNKNOWN_QUOTA
from sweeper.clusters.kubernetes.events import Created, Foreseen, ItemChanged, Limited, Listed, Silent
from sweeper.clusters.kubernetes.quotas.free_capacity import FreeCapacity
from sweeper.clusters.kubernetes.refusals import BELIEVED_AFTER, Refusal
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from tests.clusters.kubernetes.tracking import SECOND, Tracking, pod_manifest, quota

LONG = BELIEVED_AFTER[Refusal.DENIED]


def bounded(**hard: str) -> Tracking:
    """A namespace with a quota of which nothing is used."""
    named = {name.replace("_", "."): amount for name, amount in hard.items()}
    return Tracking({"metadata": {"name": "lab"}, "spec": {"hard": named}})


def free(found: Tracking, now: float = 0.0, pod: dict[str, Any] | None = None) -> FreeCapacity:
    return capacity.current(found.tracker, now, pod and found.tracker.counted(pod))


def with_cpu(pod: dict[str, Any], cpu: str) -> dict[str, Any]:
    got = copy.deepcopy(pod)
    got["metadata"]["uid"] = "u"
    got["spec"]["containers"][0]["resources"].setdefault("limits", {})["cpu"] = cpu
    return got


def test_pods_are_counted_as_the_server_makes_them():
    """A default of the namespace takes quota; what a later pod shows replaces what an earlier one did."""
    found = bounded(limits_cpu="11")
    assert (free(found).pods, free(found, 0.0, pod_manifest()).pods) == (UNKNOWN_QUOTA, UNKNOWN_QUOTA)
    found.fold(Foreseen(with_cpu(found.tracker.ordinary, "3"), {}))
    assert (free(found).pods, free(found, 0.0, pod_manifest()).pods) == (3, 3)
    assert free(found).reason == "quota lab: 0 of 11 limits.cpu are used; a trial takes 3"
    found.ask()
    found.answer(Created(with_cpu(pod_manifest(), "5")))
    assert (free(found).pods, free(found, 0.0, pod_manifest()).pods) == (1, 1)
    assert free(found).reason == "quota lab: 5 of 11 limits.cpu are used; a trial takes 5"


def test_a_create_that_waits_is_counted_by_the_latest_answer():
    """What the server makes of pods has changed since it was ordered."""
    found = bounded(limits_cpu="11")
    found.fold(Foreseen(with_cpu(found.tracker.ordinary, "3"), {}))
    found.ask()
    found.order(SECOND)
    assert found.tracker[SECOND].hoped["limits.cpu"] == 3
    found.answer(Created(with_cpu(pod_manifest(), "5")))
    assert found.tracker[SECOND].hoped["limits.cpu"] == 5
    assert capacity.current(found.tracker, 0.0, found.tracker[SECOND].expected).pods == 1


def test_other_limits_hold_from_the_next_look_on():
    """Everything else stays."""
    found = Tracking(quota(0, hard=6))
    assert free(found).pods == 6
    limits = KubernetesSettings(image="another", memory="1Gi", max_parallel=4, max_gpus=3, reserve=1)
    found.fold(Limited(limits))
    assert (free(found).pods, free(found).reason) == (3, "cluster.max_gpus=3: this sweep holds 0")
    found.fold(Limited(KubernetesSettings(reserve=4)))
    assert free(found).pods == 2
    assert found.tracker.settings.image == "i"


def denied(found: Tracking, now: float) -> None:
    found.fold(Silent(QUOTAS, "quotas is forbidden (403)", is_denied=True), now)


def remark(found: Tracking, now: float) -> str:
    return capacity.remark(found.tracker, now)


def test_a_denial_is_not_believed_at_once():
    """A server that has just started denies everything: nothing is asked for until more is known."""
    found = Tracking()
    denied(found, 0.0)
    now = free(found, LONG - 0.1)
    assert (now.pods, now.reason) == (0, "the quota could not be read yet: quotas is forbidden (403)")
    assert remark(found, LONG - 0.1) == ""


def test_a_denial_that_lasts_is_believed_and_reported():
    """Later denials do not start the time anew; then a few pods run, and people are told why."""
    found = Tracking()
    denied(found, 0.0)
    denied(found, LONG - 1.0)
    assert free(found, LONG).pods == UNKNOWN_QUOTA
    assert remark(found, LONG) == (
        f"the quota cannot be read, so at most {UNKNOWN_QUOTA} pods run at once: quotas is forbidden (403)"
    )
    assert "cannot be read" in capacity.policy_of(found.tracker).why


def test_with_a_bound_of_its_own_a_sweep_names_no_other():
    """cluster.max_parallel goes before our modesty."""
    found = Tracking(max_parallel=20)
    denied(found, 0.0)
    assert free(found, LONG).pods == 20
    assert remark(found, LONG) == "the quota cannot be read: quotas is forbidden (403)"


@pytest.mark.parametrize("now", [1.0, LONG + 1000.0])
def test_a_quota_that_can_be_read_at_last_counts(now):
    """A denial at the beginning is not for the controller's whole life."""
    found = Tracking()
    denied(found, 0.0)
    found.fold(Listed(QUOTAS, (quota(0, hard=3),), now), now)
    assert free(found, now).pods == 3
    assert remark(found, now + LONG) == ""
    assert "cannot be read" not in capacity.policy_of(found.tracker).why


def test_a_denial_later_on_leaves_what_is_known():
    """A right that is lost in mid-sweep does not make the quota vanish."""
    found = Tracking()
    found.fold(Listed(QUOTAS, (), 0.0), 0.0)
    found.fold(ItemChanged(QUOTAS, "ADDED", quota(0, hard=3)), 1.0)
    denied(found, 2.0)
    assert free(found, 3.0).pods == free(found, LONG + 3.0).pods == 3


def test_a_shortage_is_news_without_pods_and_where_one_finds_no_node():
    """Pods of ours mostly leave no capacity; if one finds no node, the scheduler's message is shown."""
    found = Tracking(quota(4, 4))
    assert shortage(found) == "waiting for room: quota lab: 4 of 4 requests.nvidia.com/gpu are used"
    found = Tracking(quota(0, 4))
    assert shortage(found) == ""
    found.run("u", phase="Running", node="a")
    found.fold(ItemChanged(QUOTAS, "MODIFIED", quota(4, 4)))
    assert free(found).pods == 0
    assert shortage(found) == ""
    nowhere = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "none",
    }
    found.run("v", SECOND, conditions=[nowhere])
    assert shortage(found) == "waiting for room: trial 1 finds no node: none"


def shortage(found: Tracking) -> str:
    return capacity.shortage(found.tracker, free(found))
