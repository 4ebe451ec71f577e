"""What a quota allows and which pods it counts, as the API server does."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from sweeper.clusters.kubernetes.quotas.quota import Quota, Scope, applies, read_quota, unspecified
from tests.clusters.kubernetes.quotas.builders import container, pod_of

GPU = "nvidia.com/gpu"
LAB = container({GPU: "1", "memory": "16Gi"}, cpu="4")


def quota(*scopes: Scope, **hard: int) -> Quota:
    """A quota of these scopes that allows so much."""
    return Quota("lab", {key.replace("_", "."): Fraction(most) for key, most in hard.items()}, {}, scopes)


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


GPU_ONLY = pod_of(container({GPU: "1"}))
DEADLINE = pod_of(activeDeadlineSeconds=60)
HIGH = pod_of(priorityClassName="high")
TERM: dict[str, Any] = {"topologyKey": "zone"}


def near(kind: str, when: str, *terms: dict[str, Any] | None) -> dict[str, Any]:
    """A pod with this affinity."""
    return pod_of(affinity={kind: {f"{when}DuringSchedulingIgnoredDuringExecution": list(terms) or None}})


@pytest.mark.parametrize(
    ("scopes", "one", "want"),
    [
        ([], pod_of(), True),
        (["Terminating"], DEADLINE, True),
        (["Terminating"], pod_of(activeDeadlineSeconds=0), True),
        (["Terminating"], pod_of(activeDeadlineSeconds=None), False),
        (["Terminating"], pod_of(), False),
        (["NotTerminating"], DEADLINE, False),
        (["NotTerminating"], pod_of(), True),
        (["BestEffort"], pod_of(), True),
        (["BestEffort"], GPU_ONLY, True),
        (["BestEffort"], pod_of(container(cpu="0")), True),
        (["BestEffort"], pod_of(container(cpu="1")), False),
        (["BestEffort"], pod_of(container({"cpu": "1"}, cpu="0")), False),
        (["BestEffort"], pod_of(initContainers=[container({"memory": "1Gi"})]), False),
        (["BestEffort"], pod_of(resources={"requests": {"memory": "1Gi"}}), False),
        (["NotBestEffort"], GPU_ONLY, False),
        (["NotBestEffort"], pod_of(LAB), True),
        (["NotBestEffort", "NotTerminating"], pod_of(LAB), True),
        (["NotBestEffort", "Terminating"], pod_of(LAB), False),
        (["PriorityClass"], HIGH, True),
        (["PriorityClass"], pod_of(), False),
        (["CrossNamespacePodAffinity"], pod_of(), False),
        (["CrossNamespacePodAffinity"], pod_of(affinity={"podAffinity": None}), False),
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
        (["InventedLater"], pod_of(), True),
        (["InventedLater", "Terminating"], pod_of(), False),
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
    assert (applies(chooser, HIGH), applies(chooser, pod_of())) == (high, none)


ALL = quota(cpu=1, memory=1, requests_cpu=1, requests_memory=1, limits_cpu=1, limits_memory=1, pods=1)


@pytest.mark.parametrize(
    ("which", "one", "want"),
    [
        pytest.param(quota(pods=1), pod_of(), [], id="only compute resources are mandatory"),
        pytest.param(
            Quota(
                "lab", {"requests.nvidia.com/gpu": Fraction(1), "limits.ephemeral-storage": Fraction(1)}, {}
            ),
            pod_of(),
            [],
            id="neither GPUs nor disks are",
        ),
        pytest.param(
            ALL,
            pod_of(),
            ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"],
            id="nothing said",
        ),
        pytest.param(ALL, pod_of(container({"cpu": "1", "memory": "1Gi"})), [], id="limits say it all"),
        pytest.param(ALL, pod_of(container({"memory": "0"}, cpu="1")), ["limits.cpu"], id="zero is said"),
        pytest.param(
            quota(requests_cpu=1),
            pod_of(container(cpu="1"), container()),
            ["requests.cpu"],
            id="every container",
        ),
        pytest.param(
            quota(requests_cpu=1),
            pod_of(container(cpu="1"), initContainers=[container()]),
            ["requests.cpu"],
            id="init too",
        ),
        pytest.param(ALL, pod_of(resources={"requests": {"cpu": "1"}}), [], id="said for the pod as a whole"),
    ],
)
def test_what_a_pod_must_specify(which: Quota, one: dict[str, Any], want: list[str]) -> None:
    """Where a quota constrains CPU or memory, every container must say what it takes."""
    assert unspecified(which, one) == want
