"""Builders of raw pods, as the API gives them (one container called main, on node-0) and as we make them."""

from __future__ import annotations

from typing import Any

from sweeper.clusters.kubernetes.pods import manifest
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt
from tests.builders import make_pods

Json = dict[str, Any]

SWEEP = SweepLabel("0a1b2c3d", "digits")
ATTEMPT = Attempt(12, 3)
PLAIN = make_pods(user="lis", uid=12345, gid=11166, namespace="cvlab", image="image")


def made(settings: KubernetesSettings = PLAIN, **how: Any) -> Json:
    """The pod that we make for an attempt."""
    return manifest.pod(settings, SWEEP, ATTEMPT, "/data/shim.sh", "/data/trial", **how)


IMAGE = "docker.io/local/busybox:1"


def pod(phase: str = "Pending", *statuses: Json, **changes: Any) -> Json:
    """A pod whose containers show `statuses`.

    `deletion` is the grace period of the deletion that was asked for; `init`, `conditions`, `reason`
    and `message` belong to its status, `node` and `grace` to its spec.
    """
    deletion = changes.get("deletion")
    asked = {"deletionTimestamp": "2026-11-23T22:28:28Z", "deletionGracePeriodSeconds": deletion}
    return {
        "metadata": {"name": "sweep-0-1", "uid": "u-1"} | ({} if deletion is None else asked),
        "spec": {
            "nodeName": changes.get("node", "node-0"),
            "terminationGracePeriodSeconds": changes.get("grace", 5),
            "schedulerName": changes.get("scheduler", "default-scheduler"),
            "containers": [{"name": "main", "image": IMAGE}],
        },
        "status": {
            "phase": phase,
            "reason": changes.get("reason"),
            "message": changes.get("message"),
            "conditions": list(changes.get("conditions", ())),
            "containerStatuses": list(statuses) or None,
            "initContainerStatuses": list(changes.get("init", ())) or None,
        },
    }


def running(name: str = "main") -> Json:
    return _status(name, "running", {"startedAt": "2026-11-23T22:27:44Z"})


def ended(
    code: int | None, reason: str = "Error", message: str = "", name: str = "main", **more: Json
) -> Json:
    return _status(name, "terminated", {"exitCode": code, "reason": reason, "message": message} | more)


def waits(reason: str, message: str | None = None, name: str = "main", image: str = IMAGE) -> Json:
    return _status(name, "waiting", {"reason": reason, "message": message}) | {"image": image}


def condition(kind: str, status: str, reason: str = "", message: str = "") -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def unscheduled(message: str, reason: str = "Unschedulable") -> Json:
    return pod(node=None, conditions=[condition("PodScheduled", "False", reason, message)])


def _status(name: str, kind: str, state: Json) -> Json:
    return {"name": name, "image": IMAGE, "lastState": {}, "state": {kind: state}}
