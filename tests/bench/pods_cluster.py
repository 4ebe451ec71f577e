"""A control plane with hollow nodes, and a namespace there with a quota and a claim."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sweeper.clusters.kubernetes.server.access import Access
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from tests.bench.base import REPOSITORY

Json = dict[str, Any]

SCRIPT = "CVSWEEP_KUBE"
"""Names the script that starts a control plane; hollow.py, which plays its nodes, lies beside it."""

GPU = "nvidia.com/gpu"
IMAGE = "local/busybox:1"
QUOTA = "bench-quota"
CLAIM = "bench"
SELECTOR = {"hollow": "true"}
_NODES = 10


class Cluster:
    """One namespace. `kubeconfig` is an administrator's; the hollow nodes write each pod's life to `log`."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        self.kubeconfig, self.folder = kubeconfig, folder
        self.namespace = f"bench-{secrets.token_hex(3)}"
        self.log = folder / "hollow.log"
        self.api = Api(Access(KubernetesSettings(kubeconfig=str(kubeconfig), namespace=self.namespace)))

    def make(self, quota: int) -> None:
        self.api.post("/api/v1/namespaces", _object("Namespace", self.namespace))
        self.wait_for(lambda: self.get("serviceaccounts", "default"), "the service account")
        self.post("resourcequotas", _object("ResourceQuota", QUOTA, hard={f"requests.{GPU}": str(quota)}))
        self._claim()
        self.wait_for(lambda: self.used() == 0, "the quota's status")

    def set_quota(self, quota: int) -> None:
        there = self.get("resourcequotas", QUOTA)
        there["spec"]["hard"] = {f"requests.{GPU}": str(quota)}
        self.api.put(self.api.path("resourcequotas", QUOTA), there)
        self.wait_for(
            lambda: self.get("resourcequotas", QUOTA)["status"]["hard"] == there["spec"]["hard"], "the quota"
        )

    def used(self) -> int | None:
        """GPUs that the quota counts."""
        used = self.get("resourcequotas", QUOTA).get("status", {}).get("used", {}).get(f"requests.{GPU}")
        return None if used is None else int(used)

    def get(self, resource: str, name: str) -> Json:
        return self.api.get(self.api.path(resource, name))

    def post(self, resource: str, body: Json) -> Json:
        return self.api.post(self.api.path(resource), body)

    def job(self, name: str, command: Sequence[str], completions: int, parallelism: int) -> None:
        """What a Kubernetes Job makes of the same work: runs it to its end, then removes it."""
        container = {
            "name": "trial",
            "image": IMAGE,
            "command": list(command),
            "resources": {"limits": {GPU: "1"}},
        }
        pod = {"restartPolicy": "Never", "containers": [container], "nodeSelector": SELECTOR}
        spec = {"completions": completions, "parallelism": parallelism, "template": {"spec": pod}}
        base = f"/apis/batch/v1/namespaces/{self.namespace}/jobs"
        self.api.post(
            base, {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}
        )
        self.wait_for(
            lambda: self.api.get(f"{base}/{name}")["status"].get("succeeded") == completions, "the Job"
        )
        self.api.request("DELETE", f"{base}/{name}", {"propagationPolicy": "Background"})
        self.wait_until_empty()

    def wait_until_empty(self) -> None:
        """No pods, and a quota that says so."""
        self.wait_for(lambda: not self.api.get(self.api.pods(), limit=1)["items"], "the pods' end")
        self.wait_for(lambda: self.used() == 0, "the quota's release")

    def lives(self) -> list[Json]:
        """Every pod's life in this namespace, as the hollow nodes tell it."""
        lines = map(json.loads, self.log.read_text().splitlines() if self.log.exists() else ())
        return [one for one in lines if one["namespace"] == self.namespace]

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = 600.0) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except (ApiError, Unreachable):
                pass
            if time.monotonic() > end:
                raise RuntimeError(f"not within {seconds:.0f} s: {what}")
            time.sleep(0.25)

    def clear(self) -> None:
        """Remove what was made here; the namespace goes by itself from then on."""
        paths = [f"/api/v1/namespaces/{self.namespace}", f"/api/v1/persistentvolumes/{self.namespace}"]
        paths += [f"/api/v1/nodes/hollow-{number}" for number in range(_NODES)]
        for path in paths:
            with suppress(ApiError, Unreachable):
                self.api.request("DELETE", path, {})

    def nodes(self) -> int:
        return len(self.api.get("/api/v1/nodes", labelSelector="hollow=true")["items"])

    def _claim(self) -> None:
        """A volume that pods see where this machine has it: hollow nodes mount nothing."""
        shared = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany"], "storageClassName": ""}
        bound = {
            "claimRef": {"namespace": self.namespace, "name": CLAIM},
            "hostPath": {"path": str(self.folder)},
        }
        self.api.post(
            "/api/v1/persistentvolumes", _object("PersistentVolume", self.namespace, **shared, **bound)
        )
        wanted = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
        wanted |= {"storageClassName": "", "volumeName": self.namespace}
        self.post("persistentvolumeclaims", _object("PersistentVolumeClaim", CLAIM, **wanted))
        self.wait_for(
            lambda: self.get("persistentvolumeclaims", CLAIM)["status"].get("phase") == "Bound", "the claim"
        )


def _object(kind: str, name: str, **spec: Any) -> Json:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **({"spec": spec} if spec else {})}


@contextmanager
def cluster(folder: Path, quota: int) -> Iterator[Cluster]:
    """A namespace on the control plane that the script names, which is started if it is not up."""
    script = Path(os.environ[SCRIPT])
    with _control_plane(script, quota) as kubeconfig:
        made = Cluster(kubeconfig, folder)
        made.make(quota)
        words = ["--execute", "--nodes", str(_NODES), "--kubeconfig", str(kubeconfig), "--log", str(made.log)]
        with started([str(script.with_name("hollow.py")), *words], folder / "hollow.out"):
            try:
                made.wait_for(lambda: made.nodes() == _NODES, "the hollow nodes")
                yield made
            finally:
                made.clear()


@contextmanager
def _control_plane(script: Path, quota: int) -> Iterator[Path]:
    exported = subprocess.run([script, "env"], capture_output=True, text=True, check=True).stdout
    kubeconfig = Path(exported.strip().partition("KUBECONFIG=")[2])
    running = (
        "running" in subprocess.run([script, "status"], capture_output=True, text=True, check=True).stdout
    )
    if running:
        _refuse_real_nodes(kubeconfig)
        yield kubeconfig
        return
    up = ["up", "--control-plane-only", "--quota", str(quota)]
    subprocess.run([script, *up], check=True, capture_output=True, text=True)
    try:
        yield kubeconfig
    finally:
        subprocess.run([script, "down"], check=True, capture_output=True)


def _refuse_real_nodes(kubeconfig: Path) -> None:
    """Where others have pods, ours would get their node's, and the hollow nodes would run theirs, as us."""
    api = Api(Access(KubernetesSettings(kubeconfig=str(kubeconfig))))
    if api.get("/api/v1/nodes")["items"]:
        raise RuntimeError(
            f"the cluster of ${SCRIPT} has nodes: give it a control plane of its own (KUBE_HOME)"
        )


@contextmanager
def started(command: Sequence[str], out: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Python in the background, ended by TERM when it is not needed any more."""
    file: IO[bytes]
    with out.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def configuration(cluster: Cluster, command: Sequence[str], **more: Mapping[str, Any]) -> Json:
    """The configuration of a project whose trials run `command` there; JSON is YAML, too."""
    pods = {
        "kubeconfig": str(cluster.kubeconfig),
        "namespace": cluster.namespace,
        "image": IMAGE,
        "reserve": 0,
        "probe": False,
        "node_selector": SELECTOR,
        "security_context": {"runAsNonRoot": False},  # the nodes are played: whoever measures may be root
        "volumes": {"data": {"claim": CLAIM, "path": str(cluster.folder)}},
    }
    return {
        "defaults": [{"cluster": "kubernetes"}, {"retry": "default"}, "_self_"],
        "task": {"command": list(command)},
        "sweep": {"pause_after": 0},
        "cluster": pods,
        "x": 0,
        **more,
    }
