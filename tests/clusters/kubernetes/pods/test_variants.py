"""The pod after trouble (more memory, fewer nodes), and the probe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sweeper.clusters.kubernetes.pods.identity import attempt_of, is_ours
from sweeper.clusters.kubernetes.pods.manifest import probe_pod
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from tests.clusters.kubernetes.builders import PLAIN, SWEEP, made


def trial(settings: KubernetesSettings = PLAIN, **how: Any) -> Any:
    """The container of its pod."""
    return made(settings, **how)["spec"]["containers"][0]


def test_a_umask_reaches_the_shim() -> None:
    """And is not there if the settings have none: pods of older sweeps are known by the same hash."""
    found = made(replace(PLAIN, umask="007"))["spec"]["containers"][0]["env"]
    assert {"name": "CVSWEEP_UMASK", "value": "007"} in found
    assert len(made(PLAIN)["spec"]["containers"][0]["env"]) == len(found) - 1


@pytest.mark.parametrize(
    ("memory", "ooms", "factor", "want"),
    [
        ("1Gi", 0, 2.0, "1Gi"), ("1Gi", 1, 1.0, "1Gi"), ("1Gi", 1, 2.0, "2048Mi"), ("1Gi", 2, 1.5, "2304Mi"),
        ("1000M", 1, 1.1, "1050Mi"), ("1000000000", 1, 2.0, "1908Mi"),
    ],
)  # fmt: skip
def test_memory_grows_after_each_want_of_it(memory: str, ooms: int, factor: float, want: str) -> None:
    resources = trial(replace(PLAIN, memory=memory), ooms=ooms, memory_factor=factor)["resources"]
    assert (resources["limits"]["memory"], resources["requests"]["memory"]) == (want, want)


def test_no_memory_stays_no_memory() -> None:
    assert trial(ooms=3, memory_factor=2.0)["resources"] == {"limits": {"nvidia.com/gpu": "1"}}


UNWANTED = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["node-1", "node-2"]}
FIELD = "requiredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(
    ("given_", "want"),
    [
        (None, [{"matchExpressions": [UNWANTED]}]),
        (
            [{"matchExpressions": [{"key": "a"}]}, {"matchFields": [{"key": "b"}]}],
            [
                {"matchExpressions": [{"key": "a"}, UNWANTED]},
                {"matchFields": [{"key": "b"}], "matchExpressions": [UNWANTED]},
            ],
        ),
    ],
)
def test_nodes_to_avoid_join_whatever_affinity_there_is(given_: Any, want: Any) -> None:
    affinity = (
        {"nodeAffinity": {FIELD: {"nodeSelectorTerms": given_}}} if given_ else {"podAffinity": {"x": 1}}
    )
    settings = replace(PLAIN, pod_template={"spec": {"affinity": affinity}})
    found = made(settings, avoid={"node-2", "node-1"})["spec"]["affinity"]
    assert found["nodeAffinity"][FIELD]["nodeSelectorTerms"] == want
    assert found.get("podAffinity") == affinity.get("podAffinity")
    assert made(settings)["spec"]["affinity"] == affinity


def test_the_probe_is_the_same_pod_without_a_gpu_and_without_an_attempt() -> None:
    settings = replace(
        PLAIN,
        command=["run", "{command}"],
        limits={"nvidia.com/gpu": "4", "cpu": "1"},
        pod_template={"spec": {"hostIPC": True}},
    )
    probe = probe_pod(settings, SWEEP, "id; echo 'it''s'")
    container = probe["spec"]["containers"][0]
    assert probe["metadata"]["name"] == "lis-0a1b2c3d-probe"
    assert attempt_of(probe) is None
    assert is_ours(probe, "0a1b2c3d")
    assert container["command"][1] == """exec sh -c 'id; echo '"'"'it'"'"''"'"'s'"'"''"""
    assert container["resources"] == {"limits": {"cpu": "1"}}
    assert container["env"] == made(settings)["spec"]["containers"][0]["env"]
    assert probe["spec"]["hostIPC"] is True
