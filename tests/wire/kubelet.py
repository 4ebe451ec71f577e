"""A node on which every pod does well: it claims its attempt's folder and soon leaves its record there."""

from __future__ import annotations

import json
import shlex
import threading
import time
from pathlib import Path

from sweeper.clusters.kubernetes.pods.identity import attempt_of
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.builders import ended, running
from tests.clusters.kubernetes.scripted import Json
from tests.wire.cluster import Cluster

MOMENT = 0.01
"""Seconds that a pod stays as it is."""


class Kubelet(threading.Thread):
    """Leads the pods that it watches from phase to phase; `ran` are the attempts whose claim was good."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(name="kubelet", daemon=True)
        self.ran: list[Attempt] = []
        self._cluster = cluster

    def run(self) -> None:
        for event in self._cluster.changes("pods", since=0):
            if event["type"] in ("ADDED", "MODIFIED"):
                time.sleep(MOMENT)
                if _is_ours(event["object"]):
                    self._lead(event["object"])

    def _lead(self, pod: Json) -> None:
        uid, phase = pod["metadata"]["uid"], pod["status"]["phase"]
        if phase == "Pending":
            claimed = self._claim(pod)
            self._cluster.change(uid, _begin if claimed else _refuse)
        elif phase == "Running":
            _leave_record(pod)
            self._cluster.change(uid, _complete)

    def _claim(self, pod: Json) -> bool:
        """As the shim does: once and for all."""
        try:
            with open(_out(pod) / "owner", "x") as file:
                file.write(f"{pod['metadata']['uid']}\n")
        except FileExistsError:
            return False
        self.ran.append(_attempt(pod))
        return True


def _begin(pod: Json) -> None:
    pod["spec"]["nodeName"] = "node-0"
    pod["status"] = {"phase": "Running", "containerStatuses": [running(_container(pod))]}


def _complete(pod: Json) -> None:
    pod["status"] = {
        "phase": "Succeeded",
        "containerStatuses": [ended(0, "Completed", name=_container(pod))],
    }


def _refuse(pod: Json) -> None:
    pod["status"] = {"phase": "Failed", "containerStatuses": [ended(75, name=_container(pod))]}


def _leave_record(pod: Json) -> None:
    out, uid = _out(pod), pod["metadata"]["uid"]
    (out / "metrics.json").write_text(json.dumps({"value": _attempt(pod).trial}))
    record = {"uid": uid, "code": 0, "terminated": False, "start": 1.0, "end": 2.0, "host": "node-0"}
    (out / "exit.json").write_text(json.dumps(record) + "\n")


def _is_ours(pod: Json) -> bool:
    """Does it run an attempt, and may it? Others' pods wait for ever."""
    return (
        not pod["spec"].get("schedulingGates")
        and "exec sh" in pod["spec"]["containers"][0].get("command", [""])[-1]
    )


def _container(pod: Json) -> str:
    name: str = pod["spec"]["containers"][0]["name"]
    return name


def _attempt(pod: Json) -> Attempt:
    attempt = attempt_of(pod)
    assert attempt
    return attempt


def _out(pod: Json) -> Path:
    """The attempt's folder, from what the pod runs: exec sh <shim> <trial's folder> <number>."""
    *_, folder, number = shlex.split(pod["spec"]["containers"][0]["command"][-1])
    return Path(folder, "attempts", number)
