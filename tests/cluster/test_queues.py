"""A queue on a real cluster: a scheduler that the cluster does not know lets pods wait, then binds them."""

from __future__ import annotations

import json
import time

from sweeper.clusters.kubernetes.quotas.quota import charge, quantity
from sweeper.core.model import Cause
from tests.cluster.lab import TINY, Json, Lab, until

QUEUED = [
    *TINY, "cluster.probe=false", "cluster.reserve=0", "cluster.unschedulable_after=3",
    "cluster.queue=night", "cluster.queue_kind=kai", "cluster.scheduler=night-scheduler",
]  # fmt: skip


def bind(lab: Lab, pod: Json) -> None:
    """A pod's turn has come."""
    target = {"apiVersion": "v1", "kind": "Node", "name": "node-0"}
    body = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": pod["metadata"]["name"]},
        "target": target,
    }
    lab.admin.post(f"{lab.admin.pods(pod['metadata']['name'])}/binding", body)


def fits(lab: Lab, pod: Json) -> bool:
    """Whether the node has the capacity for one more pod, beside those of every namespace."""
    allocatable = lab.admin.get("/api/v1/nodes/node-0")["status"]["allocatable"]
    pods = lab.admin.get("/api/v1/pods", fieldSelector="spec.nodeName=node-0")["items"]
    for resource in ("nvidia.com/gpu", "cpu", "memory"):
        requested = sum(charge(one).get(f"requests.{resource}", 0) for one in (*pods, pod))
        if requested > quantity(allocatable[resource]):
            return False
    return True


def waiting(lab: Lab) -> list[Json]:
    return [pod for pod in lab.pods() if not pod["spec"].get("nodeName")]


def test_pods_keep_their_places_until_their_turn_comes(lab: Lab) -> None:
    """However long that takes; 8 of 11 wait at first, and the quota counts them; one is preempted later."""
    lab.set_quota({"requests.nvidia.com/gpu": "12"})
    lab.until_quota_counts()
    lab.shell_project("sleep 1")
    with lab.running("-m", "x=range(11)", "sweep.name=s", *QUEUED) as sweep:
        until(lambda: len(waiting(lab)) == 8, what="eight pods in the queue")
        first = {pod["metadata"]["uid"] for pod in waiting(lab)}
        time.sleep(6.0)  # twice as long as a pod may be unschedulable
        assert {pod["metadata"]["uid"] for pod in waiting(lab)} == first
        assert {pod["metadata"]["labels"]["kai.scheduler/queue"] for pod in waiting(lab)} == {"night"}
        until(lambda: lab.used() == 8, what="a quota that counts them")
        seen = json.loads(lab.cvsweep("status", "s", "-o", "json").stdout)
        assert any("wait in queue night (KAI): it has not been admitted yet" in one for one in seen["notes"])

        preempted = waiting(lab)[0]
        event = {
            "metadata": {"name": "evicted"},
            "involvedObject": {"kind": "Pod", "namespace": lab.namespace, **_of(preempted)},
            "reason": "Evict", "message": "for a job above it", "source": {"component": "night-scheduler"},
        }  # fmt: skip
        lab.apply("events", event)
        lab.delete(preempted)
        until(lambda: lab.ends(), what="the end of what was preempted")
        while sweep.poll() is None:
            for pod in waiting(lab):
                if not pod["metadata"].get("deletionTimestamp") and fits(lab, pod):
                    bind(lab, pod)
            time.sleep(0.5)
        assert sweep.returncode == 0
    ends = [(end.outcome.cause, end.outcome.error) for end in lab.ends()]
    words = "its pod was preempted by night-scheduler (Evict: for a job above it)"
    assert ends[0] == (Cause.PREEMPTED, words)
    # The cluster's own scheduler may fill the node between the look and the binding: a kubelet refuses some.
    assert [cause for cause, _ in ends[1:] if cause is not Cause.REJECTED] == [Cause.COMPLETED] * 11


def _of(pod: Json) -> Json:
    return {"name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
