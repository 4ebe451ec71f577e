"""A played API server in a process of its own, until its standard input ends.

python -m tests.bench.programs.wire_server FOLDER QUOTA

It writes FOLDER/kubeconfig, and prints a line once it listens. A pod is bound to a node, runs and ends after
moments of its own, so that each of its steps comes as an event. Pods are as large as those of a real server,
which fills in defaults and keeps account of who set which field.
"""

from __future__ import annotations

import heapq
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from tests.wire import kubelet, server
from tests.wire.certificates import make_authority
from tests.wire.cluster import Cluster

BOUND, BEGUN, ENDED = 0.01, 0.05, 1.0
"""Seconds from a pod's creation to its steps."""

_TOLERATIONS = [
    {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": "NoExecute"}
    for what in ("not-ready", "unreachable")
]
_DEFAULTS = {"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "tolerations": _TOLERATIONS}


def _fields(value: Any) -> Any:
    """As managedFields has them."""
    if isinstance(value, dict):
        return {f"f:{name}": _fields(one) for name, one in value.items()}
    if isinstance(value, list) and value and all(isinstance(one, dict) and "name" in one for one in value):
        return {f'k:{{"name":"{one["name"]}"}}': {".": {}, **_fields(one)} for one in value}
    return {}


def _filled_in(pod: dict[str, Any]) -> None:
    pod["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    pod["metadata"]["managedFields"] = [
        {"manager": "cvsweep", "operation": "Update", "apiVersion": "v1", "fieldsV1": _fields(pod)}
    ]
    pod["spec"] |= _DEFAULTS


class Nodes(kubelet.Kubelet):
    """Leads each pod through its steps at its own times."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._steps: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self._lock = threading.Condition()
        threading.Thread(target=self._walk, daemon=True).start()

    def run(self) -> None:
        for event in self._cluster.changes("pods", since=0):
            if event["type"] == "ADDED":
                self._plan(event["object"], time.monotonic())

    def _plan(self, pod: dict[str, Any], now: float) -> None:
        uid = pod["metadata"]["uid"]
        with self._lock:
            for after, step in (
                (BOUND, lambda: self._cluster.change(uid, _bind)),
                (BEGUN, lambda: self._lead(pod)),
                (ENDED, lambda: self._lead({**pod, "status": {"phase": "Running"}})),
            ):
                heapq.heappush(self._steps, (now + after, next(self._numbers), step))
            self._lock.notify()

    def _walk(self) -> None:
        while True:
            with self._lock:
                while not self._steps or self._steps[0][0] > time.monotonic():
                    left = self._steps[0][0] - time.monotonic() if self._steps else None
                    self._lock.wait(left)
                _, _, step = heapq.heappop(self._steps)
            step()


def _bind(pod: dict[str, Any]) -> None:
    pod["spec"]["nodeName"] = "node-0"


def main(folder: Path, quota: int) -> None:
    server.Kubelet = Nodes  # type: ignore[misc]
    played = server.Server(make_authority(folder), folder)
    played.cluster.admit = _filled_in
    played.cluster.grow(quota)
    print("listening", flush=True)
    sys.stdin.read()
    played.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
