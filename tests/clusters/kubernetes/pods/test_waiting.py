"""Why a pending pod does not start. Words are as scheduler, kubelet and runtime say them."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.pods import waiting
from sweeper.clusters.kubernetes.pods.waiting import (
    Timeouts,
    follow,
    is_unschedulable,
    last_event_message,
    waits_for,
)
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Cause
from tests.clusters.kubernetes.builders import IMAGE, Json, pod, running, unscheduled, waits

TIMEOUTS = Timeouts.of(KubernetesSettings())
CREATING = pod("Pending", waits("ContainerCreating"))
FULL = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
NO_CLAIM = '0/1 nodes are available: 1 persistentvolumeclaim "no-such-claim" not found.'
UNBOUND = "0/1 nodes are available: 1 pod has unbound immediate PersistentVolumeClaims."
NO_HOST = 'failed to do request: Head "https://registry.invalid/v2/nobody/nothing/manifests/1": no such host'
BACK_OFF = 'Back-off pulling image "registry.invalid/nobody/nothing:1"'
NO_MAP = 'MountVolume.SetUp failed for volume "d" : configmap "no-such-map" not found'
SUMMARY = "Unable to attach or mount volumes: unmounted volumes=[d]: timed out waiting for the condition"
NO_NETWORK = "Failed to create pod sandbox: rpc error: failed to setup network"
PULLING = f'Pulling image "{IMAGE}"'


def judge(one: Json, now: float, words: str = "") -> tuple[Cause, str] | None:
    """What it is to be ended for after it has shown the same from 0 to `now`."""
    found = follow(None, one, 0.0)
    assert found
    return waiting.too_long(found, one, now, TIMEOUTS, words)


@pytest.mark.parametrize(
    ("one", "after", "cause", "says"),
    [
        (unscheduled(FULL), 600, Cause.UNSCHEDULABLE, FULL),
        (pod(node=None, scheduler="runai"), 600, Cause.UNSCHEDULABLE, "runai has not answered yet"),
        (unscheduled(NO_CLAIM), 60, Cause.BAD_SPEC, NO_CLAIM),
        (unscheduled(UNBOUND), 300, Cause.BAD_SPEC, UNBOUND),
        (pod("Pending", waits("ErrImagePull", NO_HOST)), 300, Cause.IMAGE, f"image {IMAGE}: {NO_HOST}"),
        (pod("Pending", waits("ImagePullBackOff", BACK_OFF)), 300, Cause.IMAGE, BACK_OFF),
        (pod("Pending", waits("RegistryUnavailable")), 300, Cause.IMAGE, "RegistryUnavailable"),
        (pod("Pending", waits("InvalidImageName", "bad", image="A::B")), 60, Cause.IMAGE, "image A::B: bad"),
        (pod("Pending", waits("ErrImageNeverPull", "is not present")), 60, Cause.IMAGE, "is not present"),
        (pod("Pending", waits("CreateContainerConfigError", "no map")), 60, Cause.BAD_SPEC, "no map"),
        (pod("Pending", waits("CreateContainerError", "no mount")), 60, Cause.BAD_SPEC, "no mount"),
        (pod("Pending", waits("RunContainerError", "no way")), 60, Cause.BAD_SPEC, "no way"),
        (pod("Pending", waits("PodInitializing"), init=[waits("ErrImagePull")]), 300, Cause.IMAGE, IMAGE),
    ],
)
def test_what_does_not_come_is_waited_for_in_vain(one, after, cause, says):
    """Each for its own time."""
    assert judge(one, after - 0.1) is None
    found = judge(one, after)
    assert found
    assert found[0] is cause
    assert says in found[1]


@pytest.mark.parametrize(
    ("words", "want"),
    [
        (NO_MAP, (Cause.BAD_SPEC, NO_MAP)),
        (SUMMARY, (Cause.BAD_SPEC, SUMMARY)),
        (NO_NETWORK, (Cause.REJECTED, f"node node-0 does not start it: {NO_NETWORK}")),
        ("", (Cause.REJECTED, "node node-0 does not start it")),
        (PULLING, None),
    ],
)
@pytest.mark.parametrize("one", [CREATING, pod("Pending"), pod("Pending", waits("PodInitializing"))])
def test_a_pod_that_is_not_started(one, words, want):
    """A volume that cannot be mounted is everybody's, an ill node is not; and an image may be large."""
    assert judge(one, 299.0, words) is None
    assert judge(one, 300.0, words) == want


def test_a_pod_that_is_being_prepared_does_not_wait():
    """A container that fetches its data may take its time."""
    assert follow(None, pod("Pending", waits("PodInitializing"), init=[running("fetch")]), 0.0) is None


def test_the_message_that_explains_most_is_kept():
    """The kubelet tells why a pull failed, and then for minutes only that it will try again."""
    before = follow(None, pod("Pending", waits("ErrImagePull", NO_HOST)), 0.0)
    assert follow(before, pod("Pending", waits("ImagePullBackOff", BACK_OFF)), 9.0) == before
    newer = follow(before, pod("Pending", waits("ErrImagePull", "timeout")), 9.0)
    assert newer == waiting.Waiting(waiting.WaitKind.IMAGE, 0.0, f"image {IMAGE}: timeout")
    relevant = BACK_OFF + ": ErrImagePull: no such host"
    newest = follow(newer, pod("Pending", waits("ImagePullBackOff", relevant)), 12.0)
    assert newest == waiting.Waiting(waiting.WaitKind.IMAGE, 0.0, f"image {IMAGE}: {relevant}")


def test_another_thing_to_wait_for_starts_again():
    """Its time limit is counted from when it came up."""
    found = follow(follow(None, unscheduled(FULL), 0.0), CREATING, 9.0)
    assert found == waiting.Waiting(waiting.WaitKind.START, 9.0)


def test_events_are_worth_a_question_from_half_time_on():
    """And only where nothing else tells."""
    found = follow(None, CREATING, 0.0)
    assert [waiting.needs_events(found, now, TIMEOUTS) for now in (149.0, 150.0)] == [False, True]
    assert not waiting.needs_events(follow(None, unscheduled(FULL), 0.0), 1000.0, TIMEOUTS)
    assert not waiting.needs_events(None, 1000.0, TIMEOUTS)


def event(reason: str, message: str, last: str | None = "", **more: object) -> Json:
    return {"reason": reason, "message": message, "lastTimestamp": last} | more


@pytest.mark.parametrize(
    ("events", "want"),
    [
        ([], ""),
        ([event("Scheduled", "assigned"), event("FailedScheduling", FULL)], ""),
        ([event("FailedMount", NO_MAP, "22:33:55"), event("FailedMount", SUMMARY, "22:34:18")], NO_MAP),
        ([event("FailedMount", SUMMARY, "22:34:18"), event("MissingClusterDNS", "x", "22:35:00")], SUMMARY),
        ([event("FailedMount", NO_MAP, "22:33:55"), event("Pulling", PULLING, "22:34:18")], PULLING),
        (
            [event("FailedMount", NO_MAP, None, eventTime="2"), event("FailedMount", "old", "1")],
            NO_MAP,
        ),
        (
            [
                event("FailedMount", NO_MAP, None, series={"lastObservedTime": "3"}),
                event("Failed", "old", "1"),
            ],
            NO_MAP,
        ),
        ([event("Failed", "", None), {"reason": None}], ""),
    ],
)
def test_the_event_that_tells_most(events, want):
    """The newest that has a reason in it."""
    assert last_event_message(events) == want


@pytest.mark.parametrize(
    ("one", "want"),
    [
        (unscheduled(FULL), FULL),
        (pod(node=None), "default-scheduler has not answered yet"),
        (CREATING, f"node node-0 is preparing its volumes and pulling image {IMAGE}"),
        (pod("Pending", waits("ErrImagePull", NO_HOST)), f"image {IMAGE}: {NO_HOST}"),
        (pod("Pending", waits("PodInitializing"), init=[running()]), ""),
        (pod("Running", running()), ""),
        ({}, ""),
    ],
)
def test_a_line_for_people(one, want):
    """Why it does not start now."""
    assert waits_for(one) == want


@pytest.mark.parametrize(
    ("one", "want"),
    [
        (unscheduled(FULL), True),
        (unscheduled(NO_CLAIM), True),
        (pod(node=None), False),
        (CREATING, False),
        (pod("Running", running()), False),
    ],
)
def test_unschedulable(one, want):
    """At present, however short that has lasted."""
    assert is_unschedulable(one) is want
