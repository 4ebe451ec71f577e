"""A pod, its events and the quotas in words."""

from __future__ import annotations

from typing import Any

from sweeper.clusters.kubernetes.pods.described import described, events, masked_pod, quotas

POD: dict[str, Any] = {
    "metadata": {
        "name": "lis-0-1",
        "uid": "u-1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "x"}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"env": "hunter2"}'},
    },
    "spec": {
        "nodeName": "node-0",
        "containers": [
            {
                "name": "trial",
                "env": [
                    {"name": "WANDB_API_KEY", "value": "hunter2"},
                    {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf", "key": "token"}}},
                    {"name": "MODE", "value": "fast"},
                ],
            }
        ],
    },
    "status": {
        "phase": "Failed",
        "reason": "Evicted",
        "message": "The node was low\non memory.",
        "conditions": [{"type": "Ready", "status": "False", "reason": "NotReady", "message": "no"}, {}],
        "containerStatuses": [
            {"name": "trial", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "x": None}}},
            {"name": "web", "state": {"running": {}}},
            {"name": "odd", "state": {}},
        ],
    },
}


def test_a_pod_is_described() -> None:
    assert list(described(POD)) == [
        "lis-0-1, uid u-1",
        "phase Failed, on node-0",
        "creationTimestamp 2026-01-01T00:00:00Z",
        "Evicted: The node was low on memory.",
        "condition Ready is False (NotReady: no)",
        "condition  is ",
        "container trial: terminated (exitCode 137, reason OOMKilled)",
        "container web: running",
        "container odd: not known",
    ]
    assert list(described({}))[1] == "phase , on no node"


def test_events_are_in_the_order_of_time() -> None:
    late = {"lastTimestamp": "2", "type": "Warning", "reason": "Failed", "message": "a\nb", "count": 3}
    early = {"eventTime": "1", "type": "Normal", "reason": "Scheduled", "message": "on node-0"}
    assert events([late, early, {}]) == [
        "1 Normal Scheduled x1: on node-0",
        "2 Warning Failed x3: a b",
        "?   x1: ",
    ]


def test_quotas_say_what_is_used() -> None:
    status = {"hard": {"requests.nvidia.com/gpu": "8", "pods": "9"}, "used": {"requests.nvidia.com/gpu": "3"}}
    quota = {"metadata": {"name": "lab-quota"}, "status": status}
    assert list(quotas([quota])) == ["lab-quota: 3 of 8 requests.nvidia.com/gpu, ? of 9 pods"]


def test_a_pods_secrets_are_masked_in_its_yaml() -> None:
    """References to Secrets stay; what was applied with kubectl repeats the values, so it goes as a whole."""
    found = masked_pod(POD)
    assert "hunter2" not in str(found)
    env = found["spec"]["containers"][0]["env"]
    assert env == [{"name": "WANDB_API_KEY", "value": "***"}, *POD["spec"]["containers"][0]["env"][1:]]
    assert "managedFields" not in found["metadata"]
    assert masked_pod({"spec": {"x": [1, "a"]}}) == {"spec": {"x": [1, "a"]}, "metadata": {}}
