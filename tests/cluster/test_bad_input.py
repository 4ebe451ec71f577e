"""What cannot work is refused in one clear line: before there is a sweep, and before its first pod."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cluster.lab import TINY, Json, Lab

_USUAL = ("cluster: ", "looking at the shared path with a small pod", "warning: quota: it cannot be read")
"""How lines begin that every run may say before anything is wrong."""

CONFIGURATION, CLUSTER = 2, 3


class Bad(NamedTuple):
    """`words` on the command line after `prepare`, which may add more, and what is `said` of them."""

    expected: tuple[str, ...]
    words: tuple[str, ...] = ()
    prepare: Callable[[Lab], tuple[str, ...]] = lambda lab: ()
    code: int = CLUSTER


def bad(
    *message: str, words: str = "", prepare: Callable[[Lab], tuple[str, ...]] | None = None, code: int = 3
) -> Bad:
    given = (words,) if words else ()
    return Bad(message, given, prepare or (lambda lab: ()), code)


# The member's kubeconfig, spoiled ---------------------------------------------------------------------


def _kubeconfig(lab: Lab, text: str) -> tuple[str, ...]:
    lab.write("bad.kubeconfig", text)
    return (f"cluster.kubeconfig={lab.project}/bad.kubeconfig",)


def _with(change: Callable[[Json], None]) -> Callable[[Lab], tuple[str, ...]]:
    def prepare(lab: Lab) -> tuple[str, ...]:
        data = copy.deepcopy(json.loads(lab.kubeconfig.read_text()))
        change(data)
        return _kubeconfig(lab, json.dumps(data))

    return prepare


def _user(**credentials: object) -> Callable[[Lab], tuple[str, ...]]:
    return _with(lambda data: data["users"][0].update(user=credentials))


def _server(address: str) -> Callable[[Lab], tuple[str, ...]]:
    return _with(lambda data: data["clusters"][0]["cluster"].update(server=address))


_PLUGIN = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "no-such-plugin",
    "interactiveMode": "Never",
}


# The namespace, spoiled -------------------------------------------------------------------------------


def _without_rights(lab: Lab) -> tuple[str, ...]:
    lab.revoke("member")
    lab.revoke("leases")
    return ()


def _quota_of_nothing(lab: Lab) -> tuple[str, ...]:
    lab.set_quota({"requests.nvidia.com/gpu": "0"})
    return ()


def _quota_of_memory(lab: Lab) -> tuple[str, ...]:
    lab.set_quota({"requests.memory": "8Gi"}, name="memory-quota")
    return ()


def _limit_range(lab: Lab) -> tuple[str, ...]:
    limits = [{"type": "Container", "max": {"memory": "64Mi"}}]
    lab.apply(
        "limitranges", {"kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}}
    )
    return ()


def _unbound_claim(lab: Lab) -> tuple[str, ...]:
    spec = {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "",
        "volumeName": "no-such-volume",
    }
    lab.apply(
        "persistentvolumeclaims", {"kind": "PersistentVolumeClaim", "metadata": {"name": "new"}, "spec": spec}
    )
    return ()


def _swapped(lab: Lab) -> tuple[str, ...]:
    """Each volume is mounted where the other belongs."""
    return tuple(
        f"cluster.volumes.{one}.claim=pv-{other}"
        for one, other in (("cvlabdata1", "cvlabdata2"), ("cvlabdata2", "cvlabdata1"))
    )


BAD = {
    "a context that the kubeconfig lacks": bad(
        "no context 'elsewhere'; there is lab", words="cluster.context=elsewhere", code=CONFIGURATION
    ),
    "a kubeconfig that is not there": bad(
        "there is no file /nowhere/config", words="cluster.kubeconfig=/nowhere/config", code=CONFIGURATION
    ),
    "a kubeconfig that is no YAML": bad(
        "the kubeconfig",
        "bad.kubeconfig cannot be read",
        "line 1",
        prepare=lambda lab: _kubeconfig(lab, "users: [}\n"),
    ),
    "a kubeconfig that is empty": bad("bad.kubeconfig", "is empty", prepare=lambda lab: _kubeconfig(lab, "")),
    "a kubeconfig that is some other text": bad(
        "bad.kubeconfig cannot be", prepare=lambda lab: _kubeconfig(lab, "hello world\n")
    ),
    "a certificate that is not there": bad(
        "File does not exist",
        "gone.crt",
        prepare=_user(**{"client-certificate": "gone.crt", "client-key": "gone.key"}),
    ),
    "a token that is not valid": bad(
        "Unauthorized (401); renew your credentials", prepare=_user(token="0" * 32)
    ),
    "a credential plugin that is not installed": bad(
        "cannot be used", "no-such-plugin", prepare=_user(exec=_PLUGIN)
    ),
    "no credentials at all": bad("your kubeconfig has no credentials that work", prepare=_user()),
    "a server that does not answer": bad(
        "no answer", "refused", "cluster.context", prepare=_server("https://127.0.0.1:1")
    ),
    "no rights in the namespace": bad(
        "you may not get, list, watch, create, delete pods", "docs/cluster-role.yaml", prepare=_without_rights
    ),
    "a namespace that is not there": bad(
        "you may not", "pods in nowhere", "correct cluster.namespace", words="cluster.namespace=nowhere"
    ),
    "a quota of nothing": bad("lab-quota allows 0", "one trial asks for 1", prepare=_quota_of_nothing),
    "more GPUs than the quota has": bad("lab-quota allows 4", "one trial asks for 5", words="cluster.gpus=5"),
    "a quota that every pod must speak to": bad(
        "memory-quota needs requests.memory of every container: set cluster.memory", prepare=_quota_of_memory
    ),
    "a limit range that refuses the pod": bad(
        "maximum memory usage per Container is 64Mi, but limit is 1Gi",
        words="cluster.memory=1Gi",
        prepare=_limit_range,
    ),
    "a claim that is not there": bad(
        "there is no claim nothing in", "cluster.volumes", words="cluster.volumes.cvlabdata1.claim=nothing"
    ),
    "a claim that is not bound": bad(
        "the claim new is Pending, not bound",
        words="cluster.volumes.cvlabdata1.claim=new",
        prepare=_unbound_claim,
    ),
    "a root that pods do not see": bad(
        "/var/tmp/sweeps lies on none of the volumes that pods see",
        "say sweep.root=/cvlabdata2/home/lis/sweeps",
        words="sweep.root=/var/tmp/sweeps",
    ),
    "a field that no pod has": bad(
        "does not know spec.hostIcp",
        "cluster.pod_template",
        words="cluster.pod_template={spec: {hostIcp: true}}",
    ),
    "a field of the wrong type": bad(
        "HostIPC",
        "; correct cluster.pod_template",
        words="cluster.pod_template={spec: {hostIPC: many}}",
    ),
    "a list that is none": bad(
        "spec.containers[0].env must be a list",
        words="cluster.pod_template={spec: {containers: [{name: trial, env: {A: 1}}]}}",
        code=CONFIGURATION,
    ),
    "a value that no pod may have": bad(
        "spec.containers[0].ports[0].containerPort",
        words="cluster.pod_template={spec: {containers: [{name: trial, ports: [{containerPort: 99999}]}]}}",
    ),
    "a priority class that is not there": bad(
        "no PriorityClass with name nothing was found; correct cluster.priority_class",
        words="cluster.priority_class=nothing",
    ),
    "a service account that is not there": bad(
        '"nothing" not found; correct cluster.service_account', words="cluster.service_account=nothing"
    ),
    "an amount that is none": bad(
        "cluster.memory must be an amount of memory", words="cluster.memory=lots", code=CONFIGURATION
    ),
    "no parallel trials at all": bad("at least 1", words="cluster.max_parallel=0", code=CONFIGURATION),
}

# What only a small pod on the cluster can find out. Where the cluster waits, it waits briefly here.
SEEN_BY_A_POD = {
    "an image that cannot be pulled": bad(
        "image nowhere.invalid/thing:1", "pull", words="cluster.image=nowhere.invalid/thing:1"
    ),
    "an image's name that is none": bad(
        "image Not/An:Image", "reference", words="cluster.image=Not/An:Image"
    ),
    "a secret that is not there": bad(
        'secret "nothing" not found', words="cluster.secrets={TOKEN: nothing/token}"
    ),
    "a number that may not write there": bad(
        "could not read and write",
        "as user 54321",
        "Permission denied",
        "cluster.uid",
        words="cluster.uid=54321",
    ),
    "a path that is not shared after all": bad(
        "could not read and write", "see cluster.volumes", prepare=_swapped
    ),
}
BRIEFLY = ("cluster.image_after=2", "cluster.config_after=2")


@pytest.mark.parametrize("one", BAD.values(), ids=BAD.keys())
def test_is_refused_in_one_line(lab: Lab, one: Bad) -> None:
    """Nothing is made: no folder, no pod."""
    lab.shell_project("true")
    words = (*one.prepare(lab), *one.words)
    line = refused(lab, *words, code=one.code)
    assert all(part in line for part in one.expected), line
    assert lab.pods() == []


@pytest.mark.parametrize("one", SEEN_BY_A_POD.values(), ids=SEEN_BY_A_POD.keys())
def test_is_found_by_the_probe(lab: Lab, one: Bad) -> None:
    """The probe pod is the only one that ever was, and it goes."""
    lab.shell_project("true")
    line = refused(lab, *BRIEFLY, *one.prepare(lab), *one.words, code=one.code)
    assert all(part in line for part in one.expected), line
    pods = lab.pods()
    assert all("-probe-" in pod["metadata"]["name"] for pod in pods)
    assert all("deletionTimestamp" in pod["metadata"] for pod in pods)


def test_an_administrator_is_told_that_the_namespace_is_missing(lab: Lab) -> None:
    """To a member it looks like any namespace of others; who may look says so."""
    lab.shell_project("true")
    line = refused(lab, "cluster.namespace=nowhere", user="admin")
    assert line == "cvsweep: namespace: there is no namespace nowhere; correct cluster.namespace"


@pytest.mark.parametrize(
    "name", ["a token that is not valid", "a quota of nothing", "a root that pods do not see"]
)
def test_doctor_finds_the_same(lab: Lab, name: str) -> None:
    """In a table, with the remedy, and with the exit code of a run that could not work."""
    one = BAD[name]
    lab.shell_project("true")
    done = lab.cvsweep("doctor", "-o", "json", *TINY, *one.prepare(lab), *one.words)
    assert done.returncode == CLUSTER, done.stderr
    assert "Traceback" not in done.stderr
    rows = json.loads(done.stdout)
    found = " ".join(f"{row['said']}; {row['remedy']}" for row in rows if row["level"] == "failure")
    assert all(part in found for part in one.expected), rows
    assert lab.pods() == []
    assert not (lab.project / "sweeps").exists()


def refused(lab: Lab, *words: str, code: int = CLUSTER, user: str = "lis") -> str:
    """Run it; the one line that says why not."""
    done = lab.cvsweep("-m", "x=range(3)", *TINY, *words, user=user, timeout=150)
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith(_USUAL)]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("cvsweep: ")
    assert not made(lab, *words)
    return lines[0]


def made(lab: Lab, *words: str) -> list[Path]:
    """What the run has made, wherever it was told to make it."""
    roots = [word.partition("=")[2] for word in words if word.startswith("sweep.root=")]
    places = [Path(root) for root in roots] or [lab.project / "sweeps"]
    return [place for place in places if place.exists()]
