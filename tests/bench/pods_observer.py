"""A bystander, until TERM: python -m tests.bench.pods_observer KUBECONFIG NAMESPACE FILE

A line for every event of the namespace's pods and quotas, with the moment at which it came.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sweeper.clusters.kubernetes.server.access import Access
from sweeper.clusters.kubernetes.server.api import Api, Unreachable
from sweeper.clusters.kubernetes.settings import KubernetesSettings

Json = dict[str, Any]


def main() -> None:
    kubeconfig, namespace, file = sys.argv[1:]
    api = Api(Access(KubernetesSettings(kubeconfig=kubeconfig, namespace=namespace)))
    kinds = {"pods": _pod, "resourcequotas": _quota}
    versions = {kind: api.get(api.path(kind))["metadata"]["resourceVersion"] for kind in kinds}
    with Path(file).open("a", buffering=1) as log:  # whoever sees the file knows that we look
        threads = [
            threading.Thread(target=_follow, args=(api, kind, versions[kind], log.write, read))
            for kind, read in kinds.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _follow(
    api: Api, kind: str, version: str, write: Callable[[str], object], read: Callable[[str, Json], Json]
) -> None:
    while True:
        try:
            for event in api.watch(api.path(kind), 3600, resourceVersion=version):
                at = time.time()
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    write(json.dumps({"at": at, **read(event["type"], event["object"])}) + "\n")
        except Unreachable:
            continue


def _pod(event: str, pod: Json) -> Json:
    seen = {"is": "pod", "event": event, "pod": pod["metadata"]["name"], "phase": pod["status"].get("phase")}
    return seen | {"node": pod["spec"].get("nodeName"), "deleting": "deletionTimestamp" in pod["metadata"]}


def _quota(event: str, quota: Json) -> Json:
    used = quota.get("status", {}).get("used", {})
    return {"is": "quota", "event": event, "used": {key: int(value) for key, value in used.items()}}


if __name__ == "__main__":
    main()
