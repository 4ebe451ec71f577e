"""What the server will make of a pod, from what it made of another."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sweeper.clusters.kubernetes.pods import manifest
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.quotas.admitted import admitted, teaches, with_defaults
from sweeper.clusters.kubernetes.quotas.quota import charge
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt

Json = dict[str, Any]
SETTINGS = KubernetesSettings(user="ada", uid=1, gid=1, namespace="lab", image="i", cpu="2", memory="16Gi")


def pod_manifest(trial: int = 0, **changes: Any) -> Json:
    """The pod of one of a sweep's attempts, as it is asked for."""
    return manifest.pod(SETTINGS, SweepLabel("abcd", "s"), Attempt(trial, 1), "shim", f"t{trial}", **changes)


def served(pod: Json, **spec: Any) -> Json:
    """What a server with a LimitRange on CPU, a PriorityClass and a sidecar made of it."""
    got = copy.deepcopy(pod)
    (container,) = got["spec"]["containers"]
    container["resources"]["limits"]["cpu"] = "4"
    container["resources"]["requests"]["nvidia.com/gpu"] = "1"
    container["terminationMessagePath"] = "/dev/termination-log"
    sidecar = {"name": "proxy", "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}}}
    got["spec"]["containers"] = [container, sidecar]
    got["spec"] |= {"priorityClassName": "batch", "priority": 5, "schedulerName": "default-scheduler"} | spec
    return got


def test_the_next_pod_costs_what_the_server_made_of_the_first():
    """Defaults, injected containers and the class count; what differs between the two pods is ours."""
    asked, other = pod_manifest(), pod_manifest(7)
    made = admitted(other, asked, served(asked))
    assert charge(made) == charge(served(other))
    assert charge(made)["limits.cpu"] == 5
    assert made["spec"]["priorityClassName"] == "batch"
    assert made["spec"]["containers"][0]["command"] == other["spec"]["containers"][0]["command"]
    assert made["metadata"] == other["metadata"]


def test_memory_that_grew_after_an_end_for_want_of_it_is_ours_to_say():
    """The server's answer to the first pod does not take it back, nor does a request that it derived."""
    asked, larger = pod_manifest(), pod_manifest(0, ooms=1, memory_factor=2.0)
    assert charge(admitted(larger, asked, served(asked)))["limits.memory"] == 32 * 2**30


def test_a_request_that_only_repeats_a_limit_follows_ours():
    """The server makes requests of limits: of a larger limit it makes a larger request."""
    asked, larger = ({"spec": {"containers": [{"name": "a", "resources": {"limits": {"memory": size}}}]}}
                     for size in ("1Gi", "2Gi"))  # fmt: skip
    got = copy.deepcopy(asked)
    got["spec"]["containers"][0]["resources"]["requests"] = {"memory": "1Gi", "cpu": "1"}
    cost = charge(admitted(larger, asked, got))
    assert (cost["requests.memory"], cost["requests.cpu"]) == (2 * 2**30, 1)


def test_nodes_that_are_avoided_do_not_spread():
    """What one attempt asked for besides is not what the server added."""
    asked = pod_manifest(0, avoid=["node-1"])
    assert "affinity" not in admitted(pod_manifest(1), asked, served(asked))["spec"]


@pytest.mark.parametrize("got", [{}, {"spec": None}, {"kind": "Status"}])
def test_an_answer_that_is_no_pod_changes_nothing(got):
    """Whatever a server says, the pod that is asked for is what we know then."""
    assert admitted(pod_manifest(1), pod_manifest(), got) == pod_manifest(1)


def test_what_the_server_gives_another_value_counts_as_that():
    """A webhook may change what is asked for; quantities come back in another spelling."""
    asked = pod_manifest()
    got = served(asked, activeDeadlineSeconds=60, tolerations=[{"key": "a"}])
    got["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "3"
    made = admitted(pod_manifest(1), asked, got)
    assert charge(made)["requests.cpu"] == charge(got)["requests.cpu"]
    assert (made["spec"]["activeDeadlineSeconds"], made["spec"]["tolerations"]) == (60, [{"key": "a"}])


RANGE = {
    "spec": {
        "limits": [
            {"type": "Container", "default": {"cpu": "4", "memory": "1Gi"}, "defaultRequest": {"cpu": "1"}},
            {"type": "Pod", "max": {"cpu": "9"}},
        ]
    }
}


@pytest.mark.parametrize(
    ("resources", "want"),
    [
        ({}, {"limits": {"cpu": "4", "memory": "1Gi"}, "requests": {"cpu": "1"}}),
        (
            {"limits": {"cpu": "2"}},
            {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "2"}},
        ),
        (
            {"limits": {"x/gpu": "1"}, "requests": {"cpu": "3"}},
            {"limits": {"cpu": "4", "memory": "1Gi", "x/gpu": "1"}, "requests": {"cpu": "3", "x/gpu": "1"}},
        ),
    ],
)
def test_the_defaults_of_a_limit_range(resources: Json, want: Json) -> None:
    """What a container does not say is filled in; a limit of its own is its request first."""
    pod = {"spec": {"containers": [{"name": "a", "resources": resources}]}}
    assert with_defaults(pod, [RANGE])["spec"]["containers"][0]["resources"] == want
    assert with_defaults(pod, [{"spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}}, {}]) == pod
    assert with_defaults(pod, []) == pod


def limited(pod: Json, cpu: str) -> Json:
    """The pod with another limit on CPU."""
    changed = copy.deepcopy(pod)
    changed["spec"]["containers"][0]["resources"]["limits"]["cpu"] = cpu
    return changed


@pytest.mark.parametrize(
    ("asked", "got", "want"),
    [
        pytest.param(pod_manifest(1), served(pod_manifest(1)), False, id="another attempt of the same kind"),
        pytest.param(
            pod_manifest(1),
            served(pod_manifest(1), nodeName="n", volumes=[]),
            False,
            id="what no quota counts",
        ),
        pytest.param(pod_manifest(1), limited(served(pod_manifest(1)), "8"), True, id="another default"),
        pytest.param(pod_manifest(1), pod_manifest(1), True, id="no sidecar any more"),
        pytest.param(
            pod_manifest(1), served(pod_manifest(1), priorityClassName="high"), True, id="another class"
        ),
        pytest.param(
            pod_manifest(1), served(pod_manifest(1), activeDeadlineSeconds=9), True, id="another scope"
        ),
        pytest.param(
            pod_manifest(1), served(pod_manifest(1), affinity={"podAffinity": {}}), True, id="an affinity"
        ),
        pytest.param(pod_manifest(1), served(pod_manifest(1), overhead={"cpu": "1"}), True, id="an overhead"),
        pytest.param(
            pod_manifest(1), served(pod_manifest(1), resourceClaims=[{"name": "c"}]), True, id="a claim"
        ),
        pytest.param(
            limited(pod_manifest(1), "4"),
            served(pod_manifest(1)),
            True,
            id="asked for more, and got the same",
        ),
        pytest.param(
            pod_manifest(1),
            served(pod_manifest(1), initContainers=[{"name": "wait", "resources": {}}]),
            True,
            id="an init container",
        ),
    ],
)
def test_an_answer_teaches_what_changes_how_pods_are_counted(asked: Json, got: Json, want: bool):
    """Beside that of the sweep's first pod; most answers tell nothing new."""
    assert teaches(asked, got, pod_manifest(), served(pod_manifest())) is want
