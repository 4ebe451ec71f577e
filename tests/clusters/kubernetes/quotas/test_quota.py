"""What a pod costs, and what a quota allows, as the API server counts it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.quotas.quota import (
    Quota,
    Scope,
    applies,
    charge,
    quantity,
    read_quota,
    spell,
    unspecified,
)

GPU = "nvidia.com/gpu"
Gi = 2**30


def container(limits: dict[str, str] | None = None, **requests: str) -> dict[str, Any]:
    """A container that asks for these."""
    return {"resources": {"limits": limits or {}, "requests": requests}}


def pod(*containers: dict[str, Any], phase: str | None = None, **spec: Any) -> dict[str, Any]:
    """A pod of these containers."""
    status = {"status": {"phase": phase}} if phase else {}
    return {"spec": {"containers": list(containers or [container()]), **spec}} | status


def quota(*scopes: Scope, **hard: int) -> Quota:
    """A quota of these scopes that allows so much."""
    return Quota("lab", {key.replace("_", "."): Fraction(most) for key, most in hard.items()}, {}, scopes)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0", 0),
        ("2", 2),
        (2, 2),
        ("+3", 3),
        ("-3", -3),
        ("500m", Fraction(1, 2)),
        ("100u", Fraction(1, 10**4)),
        ("1n", Fraction(1, 10**9)),
        ("1.5k", 1500),
        ("1.", 1),
        (".5", Fraction(1, 2)),
        ("4Ki", 4096),
        ("4Gi", 4 * Gi),
        ("0.5Gi", Gi // 2),
        ("2M", 2 * 10**6),
        ("3T", 3 * 10**12),
        ("1P", 10**15),
        ("1E", 10**18),
        ("1Ei", 2**60),
        ("1e3", 1000),
        ("1E3", 1000),
        ("12E+2", 1200),
        ("5e-1", Fraction(1, 2)),
        ("0.1n", Fraction(1, 10**9)),
        ("-1e-12", Fraction(-1, 10**9)),
    ],
)
def test_quantities(text: str | int, want: Fraction) -> None:
    """Every way in which Kubernetes writes a number is read, exactly, down to a nano."""
    assert quantity(text) == want


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gi",
        "1 Gi",
        "1gi",
        "1K",
        "1i",
        "1mi",
        "0x1",
        "1e",
        "1e1.5",
        "--1",
        "1.2.3",
        "١",
        "1e9999",
        "4GiB",
        None,
    ],
)
def test_other_text_is_not_a_quantity(text: Any) -> None:
    """What Kubernetes would refuse is refused by its name."""
    with pytest.raises(ValueError, match=r"not a quantity") as raised:
        quantity(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize(
    ("amount", "want"),
    [
        (Fraction(0), "0"),
        (Fraction(8), "8"),
        (Fraction(30), "30"),
        (Fraction(1, 2), "500m"),
        (Fraction(64 * Gi), "64Gi"),
        (Fraction(64 * 10**9), "64G"),
        (Fraction(1500), "1500"),
        (Fraction(-2), "-2"),
        (Fraction(1, 10**9), "1n"),
    ],
)
def test_amounts_are_spelled_for_people(amount: Fraction, want: str) -> None:
    """An amount is spelled as somebody would have written it."""
    assert spell(amount) == want


@given(st.integers(-(10**30), 10**30))
def test_what_is_spelled_reads_the_same(nanos: int) -> None:
    """No amount changes by being spelled and read again."""
    amount = Fraction(nanos, 10**9)
    assert quantity(spell(amount)) == amount


@given(
    st.integers(0, 10**6),
    st.integers(0, 999),
    st.sampled_from(["n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi", "Ei"]),
)
def test_no_quantity_is_read_too_low(whole: int, thousandths: int, suffix: str) -> None:
    """A quantity grows with its digits, and rounding never makes it smaller than it says."""
    one = quantity(f"1{suffix}")
    read = quantity(f"{whole}.{thousandths:03}{suffix}")
    assert 0 <= read - (whole + Fraction(thousandths, 1000)) * one < Fraction(1, 10**9)


LAB = container({GPU: "1", "memory": "16Gi"}, cpu="4")


@pytest.mark.parametrize(
    ("one", "want"),
    [
        pytest.param(pod(), {}, id="nothing is asked for"),
        pytest.param({"spec": {}}, {}, id="no containers"),
        pytest.param(
            pod(LAB),
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
            pod(container({"cpu": "4"}, cpu="1")),
            {"cpu": 1, "requests.cpu": 1, "limits.cpu": 4},
            id="a request of its own is not overridden",
        ),
        pytest.param(
            pod(container({"cpu": "1"}), container({"cpu": "500m"}), container()),
            {"cpu": Fraction(3, 2), "requests.cpu": Fraction(3, 2), "limits.cpu": Fraction(3, 2)},
            id="containers add up",
        ),
        pytest.param(
            pod(container(cpu="1"), initContainers=[container(cpu="3"), container({GPU: "1"}, cpu="2")]),
            {"cpu": 3, "requests.cpu": 3, "requests.nvidia.com/gpu": 1},
            id="init containers run one by one before the others",
        ),
        pytest.param(
            pod(
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
            pod(
                container(cpu="1"),
                initContainers=[container(cpu="1") | {"restartPolicy": "Always"}, container(cpu="8")],
            ),
            {"cpu": 9, "requests.cpu": 9},
            id="an init container runs beside earlier sidecars",
        ),
        pytest.param(
            pod(container({"cpu": "2"}), overhead={"cpu": "250m", "memory": "1Gi"}),
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
            pod(
                container({"cpu": "1"}, memory="1Gi"),
                resources={"limits": {"cpu": "4"}, "requests": {"memory": "2Gi"}},
            ),
            {"cpu": 1, "requests.cpu": 1, "limits.cpu": 4, "memory": 2 * Gi, "requests.memory": 2 * Gi},
            id="amounts for the pod as a whole",
        ),
        pytest.param(
            pod(resources={"limits": {"cpu": "4"}}),
            {"cpu": 4, "requests.cpu": 4, "limits.cpu": 4},
            id="a limit for the pod as a whole is its request as well",
        ),
        pytest.param(
            pod(container({"hugepages-2Mi": "4Mi", "ephemeral-storage": "1Gi", "example.com/fpga": "2"})),
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
            pod(container({"attachable-volumes-x": "1", "kubernetes.io/batch-cpu": "1"})),
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
            pod(LAB, phase="Pending") | {"metadata": {"deletionTimestamp": "2020-01-01T00:00:00Z"}},
            charge(pod(LAB)),
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
    assert charge(pod(LAB, phase=phase)) == {"count/pods": 1}


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


@pytest.mark.parametrize(
    ("obj", "want"),
    [
        pytest.param(
            {
                "metadata": {"name": "lab"},
                "spec": {"hard": {"pods": "8", "requests.cpu": "500m", "secrets": "1"}},
                "status": {
                    "hard": {"pods": "9", "requests.cpu": "250m", "services": "2"},
                    "used": {"pods": "3"},
                },
            },
            Quota(
                "lab",
                {
                    "pods": Fraction(8),
                    "requests.cpu": Fraction(1, 4),
                    "secrets": Fraction(1),
                    "services": Fraction(2),
                },
                {"pods": Fraction(3)},
            ),
            id="the lower of spec and status",
        ),
        pytest.param({"metadata": {"name": "new"}, "spec": None}, Quota("new", {}, {}), id="an empty quota"),
        pytest.param(
            {
                "metadata": {"name": "lab"},
                "spec": {
                    "hard": {"pods": "1"},
                    "scopes": ["NotTerminating"],
                    "scopeSelector": {
                        "matchExpressions": [
                            {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]},
                            {"scopeName": "BestEffort", "operator": "Exists"},
                        ]
                    },
                },
                "status": {},
            },
            Quota(
                "lab",
                {"pods": Fraction(1)},
                {},
                (Scope("NotTerminating"), Scope("PriorityClass", "In", ("high",)), Scope("BestEffort")),
            ),
            id="scopes",
        ),
    ],
)
def test_reading_a_quota(obj: dict[str, Any], want: Quota) -> None:
    """A quota is read as the API shows it."""
    assert read_quota(obj) == want


GPU_ONLY = pod(container({GPU: "1"}))
DEADLINE = pod(activeDeadlineSeconds=60)
HIGH = pod(priorityClassName="high")
TERM: dict[str, Any] = {"topologyKey": "zone"}


def near(kind: str, when: str, *terms: dict[str, Any] | None) -> dict[str, Any]:
    """A pod with this affinity."""
    return pod(affinity={kind: {f"{when}DuringSchedulingIgnoredDuringExecution": list(terms) or None}})


@pytest.mark.parametrize(
    ("scopes", "one", "want"),
    [
        ([], pod(), True),
        (["Terminating"], DEADLINE, True),
        (["Terminating"], pod(activeDeadlineSeconds=0), True),
        (["Terminating"], pod(activeDeadlineSeconds=None), False),
        (["Terminating"], pod(), False),
        (["NotTerminating"], DEADLINE, False),
        (["NotTerminating"], pod(), True),
        (["BestEffort"], pod(), True),
        (["BestEffort"], GPU_ONLY, True),
        (["BestEffort"], pod(container(cpu="0")), True),
        (["BestEffort"], pod(container(cpu="1")), False),
        (["BestEffort"], pod(container({"cpu": "1"}, cpu="0")), False),
        (["BestEffort"], pod(initContainers=[container({"memory": "1Gi"})]), False),
        (["BestEffort"], pod(resources={"requests": {"memory": "1Gi"}}), False),
        (["NotBestEffort"], GPU_ONLY, False),
        (["NotBestEffort"], pod(LAB), True),
        (["NotBestEffort", "NotTerminating"], pod(LAB), True),
        (["NotBestEffort", "Terminating"], pod(LAB), False),
        (["PriorityClass"], HIGH, True),
        (["PriorityClass"], pod(), False),
        (["CrossNamespacePodAffinity"], pod(), False),
        (["CrossNamespacePodAffinity"], pod(affinity={"podAffinity": None}), False),
        (["CrossNamespacePodAffinity"], near("podAffinity", "required"), False),
        (["CrossNamespacePodAffinity"], near("podAffinity", "required", TERM), False),
        (["CrossNamespacePodAffinity"], near("podAffinity", "required", TERM | {"namespaces": []}), False),
        (
            ["CrossNamespacePodAffinity"],
            near("podAffinity", "required", TERM | {"namespaces": ["other"]}),
            True,
        ),
        (
            ["CrossNamespacePodAffinity"],
            near("podAntiAffinity", "required", TERM | {"namespaceSelector": {}}),
            True,
        ),
        (
            ["CrossNamespacePodAffinity"],
            near(
                "podAntiAffinity",
                "preferred",
                {"weight": 1, "podAffinityTerm": TERM | {"namespaces": ["other"]}},
            ),
            True,
        ),
        (["InventedLater"], pod(), True),
        (["InventedLater", "Terminating"], pod(), False),
    ],
)
def test_which_pods_a_quota_counts(scopes: list[str], one: dict[str, Any], want: bool) -> None:
    """A quota counts the pods that match all of its scopes; a scope that is unknown counts every pod."""
    assert applies(quota(*map(Scope, scopes)), one) is want


@pytest.mark.parametrize(
    ("operator", "values", "high", "none"),
    [
        ("In", ("high", "low"), True, False),
        ("In", ("low",), False, False),
        ("NotIn", ("high",), False, True),
        ("NotIn", ("low",), True, True),
        ("Exists", (), True, False),
        ("DoesNotExist", (), False, True),
    ],
)
def test_priority_classes(operator: str, values: tuple[str, ...], high: bool, none: bool) -> None:
    """A quota chooses priority classes as a label selector chooses labels."""
    chooser = quota(Scope("PriorityClass", operator, values))
    assert (applies(chooser, HIGH), applies(chooser, pod())) == (high, none)


ALL = quota(cpu=1, memory=1, requests_cpu=1, requests_memory=1, limits_cpu=1, limits_memory=1, pods=1)


@pytest.mark.parametrize(
    ("which", "one", "want"),
    [
        pytest.param(quota(pods=1), pod(), [], id="only compute resources are mandatory"),
        pytest.param(
            Quota(
                "lab", {"requests.nvidia.com/gpu": Fraction(1), "limits.ephemeral-storage": Fraction(1)}, {}
            ),
            pod(),
            [],
            id="neither GPUs nor disks are",
        ),
        pytest.param(
            ALL,
            pod(),
            ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"],
            id="nothing said",
        ),
        pytest.param(ALL, pod(container({"cpu": "1", "memory": "1Gi"})), [], id="limits say it all"),
        pytest.param(ALL, pod(container({"memory": "0"}, cpu="1")), ["limits.cpu"], id="zero is said"),
        pytest.param(
            quota(requests_cpu=1),
            pod(container(cpu="1"), container()),
            ["requests.cpu"],
            id="every container",
        ),
        pytest.param(
            quota(requests_cpu=1),
            pod(container(cpu="1"), initContainers=[container()]),
            ["requests.cpu"],
            id="init too",
        ),
        pytest.param(ALL, pod(resources={"requests": {"cpu": "1"}}), [], id="said for the pod as a whole"),
    ],
)
def test_what_a_pod_must_specify(which: Quota, one: dict[str, Any], want: list[str]) -> None:
    """Where a quota constrains CPU or memory, every container must say what it takes."""
    assert unspecified(which, one) == want
