"""A lab in a namespace of its own: quota, claims, members, and the member `lis` at a workstation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sweeper.clusters.kubernetes.server.access import Access
from sweeper.clusters.kubernetes.server.api import Api, ApiError
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.records import Ended
from sweeper.store.folder import SweepFolder

Json = dict[str, Any]

_BOUND = {"pv.kubernetes.io/bind-completed": "yes"}
_SIZE, _MODE = {"storage": "100Gi"}, ["ReadWriteMany"]
UID, GID = 12345, 11166
CLAIMS = ("cvlabsrc1", "cvlabdata1", "cvlabdata2")
BUSYBOX = "docker.io/local/busybox:1"
TINY = [f"cluster.image={BUSYBOX}", "cluster.command=[sh,-c,'{command}']", "cluster.run_as=true"]
"""Overrides for a small image that starts fast; cvlab's own image comes with numpy and the set-up scripts."""

# The interpreter may lie where only root may look: this lets the member read everything, and write
# only what is the member's own, as everywhere else.
_AS_MEMBER = [
    "setpriv", f"--reuid={UID}", f"--regid={GID}", "--clear-groups", "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search", "--bounding-set=-all,+dac_read_search",
]  # fmt: skip


def api_of(kubeconfig: Path | str, namespace: str) -> Api:
    return Api(Access(KubernetesSettings(kubeconfig=str(kubeconfig), namespace=namespace)))


def until(
    condition: Callable[[], object], seconds: float = 120.0, what: str = "", every: float = 0.1
) -> object:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        time.sleep(every)
    return found


def hear(process: subprocess.Popen[str], words: str, seconds: float = 60.0) -> str:
    """What a program in the background says on stderr, up to these words."""
    assert process.stderr
    handle, heard = process.stderr.fileno(), b""
    os.set_blocking(handle, False)
    deadline = time.monotonic() + seconds
    while words.encode() not in heard:
        assert time.monotonic() < deadline, f"not said within {seconds} s: {words}; only: {heard.decode()}"
        try:
            more = os.read(handle, 1 << 16)
        except BlockingIOError:
            time.sleep(0.05)
            continue
        assert more, f"ended without a word of {words!r}: {heard.decode()}"
        heard += more
    os.set_blocking(handle, True)
    return heard.decode()


class Lab:
    """`project` is the member's project; `kubeconfig` the member's own, whose namespace this is."""

    def __init__(self, kube: Path, namespace: str, scratch: Path) -> None:
        self.namespace = namespace
        self.admin = api_of(kube / "admin.kubeconfig", namespace)
        self.home = Path("/cvlabdata2/home/lis", namespace)
        self.project = self.home / "project"
        self._kube, self._scratch = kube, scratch
        self._made: list[str] = []

    @property
    def kubeconfig(self) -> Path:
        return self.kubeconfig_of("lis")

    def kubeconfig_of(self, user: str) -> Path:
        """A copy whose namespace is this lab's."""
        path = self.home / f"{user}.kubeconfig"
        if not path.exists():
            data = json.loads((self._kube / f"{user}.kubeconfig").read_text())
            data["contexts"][0]["context"]["namespace"] = self.namespace
            path.write_text(json.dumps(data))
            os.chown(path, UID, GID)
            path.chmod(0o600)
        return path

    def make(self, quota: int) -> None:
        for folder in (self.home, self.project):
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, UID, GID)
        self._cluster_wide("/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": self.namespace}})
        until(lambda: self._exists(self.admin.path("serviceaccounts", "default")), what="the service account")
        self.set_quota({"requests.nvidia.com/gpu": str(quota)})
        self._claims()
        self.grant("member", RULES, group="cvlab")
        self.grant("leases", LEASES, user="lis")
        self.until_quota_counts()
        self.until_claims_are_bound()

    def apply(self, resource: str, body: Json, group: str = "") -> Json:
        """Create an object in the namespace."""
        base = f"/apis/{group}" if group else "/api/v1"
        path = f"{base}/namespaces/{self.namespace}/{resource}"
        return self.admin.post(path, {"apiVersion": group or "v1", **body})

    def set_quota(self, hard: Json, name: str = "lab-quota") -> None:
        """Create the quota, or change what it allows."""
        path = self.admin.path("resourcequotas", name)
        body = {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": name},
            "spec": {"hard": hard},
        }
        if self._exists(path):
            self._change(path, lambda quota: quota["spec"].update(hard=hard))
        else:
            self.admin.post(self.admin.path("resourcequotas"), body)

    def until_quota_counts(self) -> None:
        path = self.admin.path("resourcequotas", "lab-quota")
        until(lambda: self.admin.get(path).get("status", {}).get("hard"), what="the quota's status")

    def until_claims_are_bound(self) -> None:
        path = self.admin.path("persistentvolumeclaims")
        until(
            lambda: all(one["status"]["phase"] == "Bound" for one in self.admin.get(path)["items"]),
            what="claims",
        )

    def grant(self, name: str, rules: list[Json], *, user: str = "", group: str = "") -> None:
        """A role with these rules, bound to a user or a group."""
        rbac = "rbac.authorization.k8s.io"
        kind, who = ("User", user) if user else ("Group", group)
        subject = {"kind": kind, "apiGroup": rbac, "name": who}
        role = {"kind": "Role", "apiGroup": rbac, "name": name}
        self.apply("roles", {"kind": "Role", "metadata": {"name": name}, "rules": rules}, f"{rbac}/v1")
        binding = {"kind": "RoleBinding", "metadata": {"name": name}, "roleRef": role, "subjects": [subject]}
        self.apply("rolebindings", binding, f"{rbac}/v1")

    def revoke(self, name: str) -> None:
        """Take a role away again."""
        for resource in ("rolebindings", "roles"):
            base = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self.namespace}/{resource}/{name}"
            self.admin.delete(base, self.admin.get(base)["metadata"]["uid"])

    def leases(self) -> list[Json]:
        return list(self.admin.get(self._leases())["items"])

    def delete_lease(self, lease: Json | None = None) -> None:
        """As somebody may who tidies up by hand: the one that there is, if none is named."""
        if lease is None:
            (lease,) = self.leases()
        self.admin.delete(f"{self._leases()}/{lease['metadata']['name']}", lease["metadata"]["uid"])

    def _leases(self) -> str:
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"

    def expire_lease(self) -> None:
        """As if the controller that holds the sweep of this namespace had not been heard of for hours."""
        (lease,) = self.leases()
        lease["spec"]["renewTime"] = "2020-01-01T00:00:00.000000Z"
        self.admin.put(f"{self._leases()}/{lease['metadata']['name']}", lease)

    def pods(self, **query: str) -> list[Json]:
        return list(self.admin.get(self.admin.pods(), **query)["items"])

    def quota(self) -> Json:
        """The lab's quota, as it is now."""
        return self.admin.get(self.admin.path("resourcequotas", "lab-quota"))

    def used(self) -> int:
        """GPUs that the quota counts now."""
        return int(self.quota()["status"]["used"]["requests.nvidia.com/gpu"])

    def delete(self, pod: Json) -> None:
        """As another member would: politely, and without asking."""
        rival = api_of(self.kubeconfig_of("rival"), self.namespace)
        rival.delete(rival.pods(pod["metadata"]["name"]), pod["metadata"]["uid"])

    def command(self, *words: str, user: str = "lis") -> list[str]:
        """`cvsweep WORD…` as the member types it at the workstation."""
        python = [sys.executable, "-P", "-m", "sweeper.cli.main"]
        return self.as_member(*python, *words, user=user)

    def as_member(self, *words: str, user: str = "lis") -> list[str]:
        """Any program, as the member starts it."""
        environment = {
            "HOME": str(self.home),
            "USER": user,
            "LOGNAME": user,
            "KUBECONFIG": str(self.kubeconfig_of(user)),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        pairs = [f"{key}={value}" for key, value in environment.items()]
        return [*_AS_MEMBER, "env", "-i", *pairs, *words]

    def cvsweep(
        self, *words: str, user: str = "lis", timeout: float = 300.0, umask: int = 0o022
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self.command(*words, user=user),
            cwd=self.project, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
            umask=umask,
        )  # fmt: skip

    @contextmanager
    def running(self, *words: str, user: str = "lis") -> Iterator[subprocess.Popen[str]]:
        """Run it in the background; it is killed in the end if it still runs."""
        process = subprocess.Popen(
            self.command(*words, user=user),
            cwd=self.project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def shell_project(self, script: str, parameters: str = "x: 0", more: str = "") -> None:
        """A project whose every trial runs a shell script; `parameters` and `more` are YAML."""
        self.write("configs/config.yaml", _CONFIG)
        self.write("configs/experiment/shell.yaml", f"# @package _global_\n{_TASK}{parameters}\n{more}\n")
        self.write("run.sh", f"set -eu\n{script}\n")

    def write(self, name: str, text: str) -> None:
        """A file of the project, the member's own."""
        path = self.project / name
        for folder in reversed(path.relative_to(self.project).parents[:-1]):
            (self.project / folder).mkdir(exist_ok=True)
            os.chown(self.project / folder, UID, GID)
        path.write_text(text)
        os.chown(path, UID, GID)

    @property
    def gate(self) -> str:
        """Shell text for trials that wait, and say so, until the test calls `open_gate`."""
        return f'touch "$CVSWEEP_OUT/ready"; until [ -e {self.home}/go ]; do sleep 0.2; done'

    def open_gate(self) -> None:
        (self.home / "go").touch()

    def at_gate(self) -> list[str]:
        """The folders of the attempts that have come to the gate, in the newest sweep."""
        found = self.sweeps()
        return [os.fspath(one.parent) for one in found[-1].glob("trials/*/attempts/*/ready")] if found else []

    def sweeps(self) -> list[Path]:
        """The sweeps of the project, the newest last; those that are only just being made are left out."""
        found = (self.project / "sweeps").glob("[!.]*/sweep.json")
        return [one.parent for one in sorted(found, key=lambda path: path.stat().st_mtime)]

    def sweep(self) -> Path:
        """The newest sweep's folder."""
        return self.sweeps()[-1]

    def table(self, sweep: Path | None = None) -> list[Json]:
        """The rows of `cvsweep results -o json`."""
        result = self.cvsweep("results", str(sweep or self.sweep()), "-o", "json")
        assert result.returncode == 0, result.stderr
        rows: list[Json] = json.loads(result.stdout)
        return rows

    def ends(self, sweep: Path | None = None) -> list[Ended]:
        """How attempts ended, in the order in which that was recorded."""
        records = SweepFolder(sweep or self.sweep()).read().records
        return [record for record in records if isinstance(record, Ended)]

    def log_records(self, sweep: Path | None = None) -> list[Json]:
        """What the controller asked of the cluster, and what it was answered: cluster.log."""
        path = (sweep or self.sweep()) / "cluster.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def remove_by_force(self, pod: Mapping[str, Any]) -> None:
        """Delete a pod as `kubectl delete --force --grace-period=0` does: our own controller never would."""
        self.admin.request("DELETE", self.admin.pods(pod["metadata"]["name"]), {"gracePeriodSeconds": 0})

    def clear(self) -> None:
        """Nothing stays: pods at once, then the namespace, the volumes and the folders."""
        for pod in self.pods():
            with suppress(ApiError):  # it may have gone by itself meanwhile
                self.remove_by_force(pod)
        for path in reversed(self._made):
            self.admin.delete(path, self.admin.get(path)["metadata"]["uid"])
        shutil.rmtree(self.home, ignore_errors=True)

    def _claims(self) -> None:
        # Left to itself the cluster takes up to 15 s to bind them: it sees a claim before its volume.
        claims = [self._claim(name) for name in CLAIMS]
        for name, claim in zip(CLAIMS, claims, strict=True):
            self._volume(name, claim["metadata"]["uid"])
        until(lambda: all(map(self._is_taken, CLAIMS)), what="the volumes")
        for name in CLAIMS:
            path = self.admin.path("persistentvolumeclaims", f"pv-{name}")
            self._change(path, lambda claim: claim["metadata"].setdefault("annotations", {}).update(_BOUND))

    def _claim(self, name: str) -> Json:
        volume = f"{name}-{self.namespace}"
        spec = {
            "accessModes": _MODE,
            "resources": {"requests": _SIZE},
            "storageClassName": "",
            "volumeName": volume,
        }
        body = {"kind": "PersistentVolumeClaim", "metadata": {"name": f"pv-{name}"}, "spec": spec}
        return self.apply("persistentvolumeclaims", body)

    def _volume(self, name: str, claim_uid: str) -> None:
        self._cluster_wide(
            "/api/v1/persistentvolumes",
            {
                "kind": "PersistentVolume",
                "metadata": {"name": f"{name}-{self.namespace}"},
                "spec": {
                    "capacity": _SIZE, "accessModes": _MODE, "persistentVolumeReclaimPolicy": "Retain",
                    "storageClassName": "", "hostPath": {"path": f"/{name}", "type": "DirectoryOrCreate"},
                    "claimRef": {"namespace": self.namespace, "name": f"pv-{name}", "uid": claim_uid},
                },
            },
        )  # fmt: skip

    def _is_taken(self, name: str) -> bool:
        volume = self.admin.get(f"/api/v1/persistentvolumes/{name}-{self.namespace}")
        return bool(volume["status"].get("phase") == "Bound")

    def _cluster_wide(self, path: str, body: Json) -> None:
        self.admin.post(path, {"apiVersion": "v1", **body})
        self._made.append(f"{path}/{body['metadata']['name']}")

    def _change(self, path: str, change: Callable[[Json], object]) -> None:
        """Change an object, as often as it takes: the cluster's own controllers write to it as well."""
        while True:
            found = self.admin.get(path)
            change(found)
            try:
                self.admin.put(path, found)
            except ApiError as error:
                if error.status != 409:
                    raise
            else:
                return

    def _exists(self, path: str) -> bool:
        try:
            self.admin.get(path)
        except ApiError as error:
            if error.status != 404:
                raise
            return False
        return True


_CONFIG = """\
defaults: [cluster: cvlab, retry: default, experiment: shell, _self_]
cluster: {namespace: null, result_grace: 3, grace: 3}
retry: {wait_initial: 0.2, wait_max: 1}
"""
_TASK = 'task: {command: [sh, run.sh, "{args}"], args_style: env}\n'

RULES: list[Json] = [
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "create", "delete"]},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["pods/exec", "pods/portforward"], "verbs": ["get", "create"]},
    {
        "apiGroups": [""],
        "resources": ["resourcequotas", "limitranges", "events", "persistentvolumeclaims"],
        "verbs": ["get", "list", "watch"],
    },
]
LEASES: list[Json] = [
    {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "verbs": ["get", "list", "watch", "create", "update", "delete"],
    }
]
