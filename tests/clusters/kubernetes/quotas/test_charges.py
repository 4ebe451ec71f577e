"""What a pod costs, as the API server counts it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.quotas.quota import charge, charged_for
from tests.clusters.kubernetes.quotas.builders import container, pod_of

GPU = "nvidia.com/gpu"
Gi = 2**30

LAB = container({GPU: "1", "memory": "16Gi"}, cpu="4")


@pytest.mark.parametrize(
    ("one", "want"),
    [
        pytest.param(pod_of(), {}, id="nothing is asked for"),
        pytest.param({"spec": {}}, {}, id="no containers"),
        pytest.param(
            pod_of(LAB),
            {
                "requests.nvidia.com/gpu": 1,
                "cpu": 4,
                "requests.cpu": 4,
                "memory": 16 * Gi,
                "requests.memory": 16 * Gi,
                "limits.memory": 16 * Gi,
            },
            id="requests default to limits",
        ),
        pytest.param(
            pod_of(container({"cpu": "4"}, cpu="1")),
            {"cpu": 1, "requests.cpu": 1, "limits.cpu": 4},
            id="a request of its own is not overridden",
        ),
        pytest.param(
            pod_of(container({"cpu": "1"}), container({"cpu": "500m"}), container()),
            {"cpu": Fraction(3, 2), "requests.cpu": Fraction(3, 2), "limits.cpu": Fraction(3, 2)},
            id="containers add up",
        ),
        pytest.param(
            pod_of(container(cpu="1"), initContainers=[container(cpu="3"), container({GPU: "1"}, cpu="2")]),
            {"cpu": 3, "requests.cpu": 3, "requests.nvidia.com/gpu": 1},
            id="init containers run one by one before the others",
        ),
        pytest.param(
            pod_of(
                container(cpu="7"),
                initContainers=[
                    container(cpu="1") | {"restartPolicy": "Always"},
                    container(cpu="8"),
                    container(cpu="2") | {"restartPolicy": "Always"},
                    container(cpu="6"),
                ],
            ),
            {"cpu": 10, "requests.cpu": 10},
            id="sidecars stay",
        ),
        pytest.param(
            pod_of(
                container(cpu="1"),
                initContainers=[container(cpu="1") | {"restartPolicy": "Always"}, container(cpu="8")],
            ),
            {"cpu": 9, "requests.cpu": 9},
            id="an init container runs beside earlier sidecars",
        ),
        pytest.param(
            pod_of(container({"cpu": "2"}), overhead={"cpu": "250m", "memory": "1Gi"}),
            {
                "cpu": Fraction(9, 4),
                "requests.cpu": Fraction(9, 4),
                "limits.cpu": Fraction(9, 4),
                "memory": Gi,
                "requests.memory": Gi,
            },
            id="overhead comes on top, but limits nothing that had no limit",
        ),
        pytest.param(
            pod_of(
                container({"cpu": "1"}, memory="1Gi"),
                resources={"limits": {"cpu": "4"}, "requests": {"memory": "2Gi"}},
            ),
            {"cpu": 1, "requests.cpu": 1, "limits.cpu": 4, "memory": 2 * Gi, "requests.memory": 2 * Gi},
            id="amounts for the pod as a whole",
        ),
        pytest.param(
            pod_of(resources={"limits": {"cpu": "4"}}),
            {"cpu": 4, "requests.cpu": 4, "limits.cpu": 4},
            id="a limit for the pod as a whole is its request as well",
        ),
        pytest.param(
            pod_of(container({"hugepages-2Mi": "4Mi", "ephemeral-storage": "1Gi", "example.com/fpga": "2"})),
            {
                "hugepages-2Mi": 4 * 2**20,
                "requests.hugepages-2Mi": 4 * 2**20,
                "ephemeral-storage": Gi,
                "requests.ephemeral-storage": Gi,
                "limits.ephemeral-storage": Gi,
                "requests.example.com/fpga": 2,
            },
            id="other resources",
        ),
        pytest.param(
            pod_of(container({"attachable-volumes-x": "1", "kubernetes.io/batch-cpu": "1"})),
            {},
            id="no quota counts these",
        ),
        pytest.param(
            {
                "spec": {"containers": [{"resources": None}, {}], "initContainers": None, "overhead": None},
                "status": None,
            },
            {},
            id="null is nothing",
        ),
        pytest.param(
            pod_of(LAB, phase="Pending") | {"metadata": {"deletionTimestamp": "2020-01-01T00:00:00Z"}},
            charge(pod_of(LAB)),
            id="a pod that is being deleted",
        ),
    ],
)
def test_what_a_pod_costs(one: dict[str, Any], want: dict[str, Fraction]) -> None:
    """A pod is charged for the most that it holds at once, and for being one."""
    assert charge(one) == {"pods": 1, "count/pods": 1} | want


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_an_ended_pod_costs_its_object(phase: str) -> None:
    """A pod in a terminal phase holds nothing, but it is stored."""
    assert charge(pod_of(LAB, phase=phase)) == {"count/pods": 1}


AMOUNTS = st.dictionaries(st.sampled_from(["cpu", "memory", GPU]), st.integers(0, 9).map(str))
CONTAINERS = st.builds(lambda limits, requests: container(limits, **requests), AMOUNTS, AMOUNTS)


@given(st.lists(CONTAINERS), st.lists(CONTAINERS), CONTAINERS)
def test_one_container_more_never_costs_less(
    main: list[dict[str, Any]], init: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    """Whatever a pod costs, with a container more of any kind it costs as much or more."""
    cost = charge({"spec": {"containers": main, "initContainers": init}})
    sidecar = more | {"restartPolicy": "Always"}
    for larger in (
        {"containers": [*main, more], "initContainers": init},
        {"containers": main, "initContainers": [*init, more]},
        {"containers": main, "initContainers": [sidecar, *init]},
    ):
        costs = charge({"spec": larger})
        assert all(costs[key] >= amount for key, amount in cost.items())


LIVE = {"status": {"phase": "Running"}}


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"containers": [container(cpu="5")]}},
        {"spec": {"initContainers": [container(cpu="9")]}},
        {"spec": {"overhead": {"cpu": "1"}}},
        {"spec": {"resources": {"requests": {"cpu": "9"}}}},
        {"spec": {"resourceClaims": [{"name": "c", "resourceClaimTemplateName": "t"}]}},
        {"status": {"phase": "Succeeded"}},
    ],
    ids=lambda change: next(iter(change.get("spec", change))),
)
def test_whatever_changes_the_charge_is_among_what_it_is_for(change: dict[str, Any]):
    """So a charge need not be worked out again while all of that is equal."""
    pod = pod_of(container(cpu="4")) | LIVE
    changed = {**pod, **change, "spec": pod["spec"] | change.get("spec", {})}
    assert charge(changed) != charge(pod)
    assert charged_for(changed) != charged_for(pod)


def test_what_a_charge_is_not_for_leaves_it_as_it_is():
    """A pod that is bound to a node and runs is charged as before."""
    pod = pod_of(container(cpu="4"))
    bound = {**pod, "spec": {**pod["spec"], "nodeName": "n"}, **LIVE}
    assert charged_for(bound) == charged_for(pod)
    assert charge(bound) == charge(pod)
