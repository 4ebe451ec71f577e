"""A container that cannot be made on one node is tried on another, before it is held against the sweep."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.pods.elsewhere import OtherNodes, avoided_by, is_nowhere
from sweeper.clusters.kubernetes.pods.manifest import _avoid
from sweeper.clusters.kubernetes.pods.sightings import observe, sighting
from sweeper.clusters.kubernetes.pods.waiting import Timeouts
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from tests.clusters.kubernetes.builders import IMAGE, Json, condition, pod, running, unscheduled, waits

TIMEOUTS = Timeouts.of(KubernetesSettings())
NOWHERE = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity."
FULL = "0/2 nodes are available: 1 Insufficient nvidia.com/gpu, 1 node(s) didn't match Pod's node affinity."
MOUNT = 'MountVolume.SetUp failed for volume "d" : mount failed: exit status 32'
NO_MAP = 'MountVolume.SetUp failed for volume "d" : configmap "no-such-map" not found'


def stuck(reason: str = "CreateContainerError", message: str = "no disk", name: str = "a") -> Json:
    return pod("Pending", waits(reason, message), node=name)


def avoiding(one: Json, *names: str) -> Json:
    _avoid(one["spec"], list(names))
    return one


def judge(known: OtherNodes, one: Json, waited: float = 300.0, event_message: str = "") -> Sighting:
    """What becomes of a pod that has shown the same for so long."""
    seen = observe(one, None, 0.0)
    found = sighting(Attempt(0, 1), one, seen, waited, TIMEOUTS, event_message)
    return known.judge(found, one, seen.waiting, waited, TIMEOUTS)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("CreateContainerError", Cause.BAD_SPEC),
        ("RunContainerError", Cause.BAD_SPEC),
        ("ErrImagePull", Cause.IMAGE),
        ("ImagePullBackOff", Cause.IMAGE),
        ("ErrImageNeverPull", Cause.IMAGE),
    ],
)
def test_one_node_is_the_nodes_fault_and_two_are_the_pods(reason, cause):
    """The first is avoided, and costs the trial nothing; the second makes it everybody's."""
    known = OtherNodes()
    first = judge(known, stuck(reason))
    assert (first.phase, first.cause) == (Phase.PENDING, Cause.REJECTED)
    assert first.message.startswith("node a: ")
    assert first.message.endswith("no disk; another node is tried")
    assert known.avoided == {"a"}
    second = judge(known, avoiding(stuck(reason, name="b"), "a"))
    assert (second.cause, known.avoided) == (cause, {"a"})
    assert second.message.endswith("no disk; it is the same on a")


def test_two_nodes_with_different_troubles_are_two_bad_nodes():
    """One has no way to the registry, the other no capacity on its disk: the pods are as they should be."""
    known = OtherNodes()
    judge(known, stuck("ErrImagePull", "no such host"))
    other = judge(known, avoiding(stuck("CreateContainerError", name="b"), "a"))
    assert (other.cause, known.avoided) == (Cause.REJECTED, {"a", "b"})


def test_all_pods_of_one_node_are_one_case():
    """However many of them wait there at the same time, and however often they are looked at."""
    known = OtherNodes()
    assert {judge(known, stuck()).cause for _ in range(3)} == {Cause.REJECTED}


@pytest.mark.parametrize(
    ("one", "words", "cause"),
    [
        (stuck("CreateContainerConfigError", 'secret "s" not found'), "", Cause.BAD_SPEC),
        (stuck("InvalidImageName", "bad"), "", Cause.IMAGE),
        (stuck("ContainerCreating"), NO_MAP, Cause.BAD_SPEC),
        (stuck("ContainerCreating"), MOUNT, Cause.REJECTED),
        (stuck("ContainerCreating"), "Failed to create pod sandbox", Cause.REJECTED),
    ],
)
def test_what_is_the_same_everywhere_is_not_tried_elsewhere(one, words, cause):
    """A name that is none, or a secret that is not there; a volume may fail to mount on one node."""
    assert judge(OtherNodes(), one, event_message=words).cause is cause


def test_nothing_is_judged_before_its_time():
    """A pod that has not waited for long, one that waits for nothing, one that is over."""
    known = OtherNodes()
    assert judge(known, stuck(), 59.0).cause is None
    assert judge(known, pod("Running", running())).cause is None
    assert judge(known, pod("Failed", reason="OutOfcpu", node="a")).phase is Phase.ENDED
    assert judge(known, unscheduled(NOWHERE), 599.0).cause is None
    assert known.avoided == set()


def test_without_another_node_it_is_known_soon():
    """The scheduler says that no other suits it; else a typing mistake would cost ten minutes more."""
    known = OtherNodes()
    judge(known, stuck("ErrImagePull"))
    unschedulable = avoiding(unscheduled(NOWHERE), "a")
    assert judge(known, unschedulable, 59.0).cause is None
    found = judge(known, unschedulable, 60.0)
    assert found.cause is Cause.IMAGE
    assert found.message == f"image {IMAGE}: no disk; there is no other node than a"


def test_other_nodes_that_are_full_are_waited_for_once():
    """Then the node is given another chance, and what fails there again is the pod's own."""
    known = OtherNodes()
    judge(known, stuck())
    unschedulable = avoiding(unscheduled(FULL), "a")
    assert judge(known, unschedulable, 599.0).cause is None
    assert judge(known, unschedulable, 600.0).cause is Cause.UNSCHEDULABLE
    assert known.avoided == set()
    again = judge(known, stuck())
    assert (again.cause, again.message) == (Cause.BAD_SPEC, "no disk; no other node took it")


def test_a_container_that_begins_shows_that_the_pods_are_well():
    """Two bad nodes among many, one after the other, are two bad nodes; and a node may become well."""
    known = OtherNodes()
    judge(known, stuck(name="a"))
    known.began("c")
    assert judge(known, stuck(name="b")).cause is Cause.REJECTED
    assert known.avoided == {"a", "b"}
    known.began("a")
    assert known.avoided == {"b"}


@pytest.mark.parametrize(
    ("message", "want"),
    [
        (NOWHERE, True),
        (FULL, False),
        ("0/1 nodes are available: 1 node(s) didn't match node selector.", True),
        (
            "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 x",
            True,
        ),
        (
            "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity, 2 node(s) had taint"
            " {node-role.kubernetes.io/master: }, that the pod didn't tolerate.",
            True,
        ),
        (
            "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity, 1 node(s) had taint"
            " {node.kubernetes.io/unreachable: }, that the pod didn't tolerate.",
            False,
        ),
        ("0/2 nodes are available: 2 node(s) had untolerated taint {gpu: only}.", True),
        (
            "0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) didn't match node selector.",
            False,
        ),
        ("the scheduler is thinking", False),
        ("", False),
    ],
)
def test_no_node_at_all_is_distinguished_from_none_at_present(message, want):
    """Only if every node is ruled out for what stays as it is."""
    assert is_nowhere(unscheduled(message)) is want
    assert not is_nowhere(unscheduled(message) | {"spec": {"nodeName": "a"}})


def test_what_a_pod_avoids_is_read_from_its_affinity():
    """As this controller wrote it, beside a person's own terms."""
    term = {"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["z"]}]}
    own = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    one = pod()
    one["spec"]["affinity"] = own
    assert avoided_by(avoiding(one, "a", "b")) == {"a", "b"}
    assert avoided_by({"spec": {"affinity": {"nodeAffinity": None}}}) == set()
    (found,) = own["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    del found["matchExpressions"][1]["values"]
    assert avoided_by(one) == set()


def test_the_conditions_of_another_kind_say_nothing():
    """A pod that has none, too."""
    assert not is_nowhere(pod(node=None, conditions=[condition("Ready", "False", "", NOWHERE)]))
