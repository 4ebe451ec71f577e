"""Attempts matched with pods, whatever order the news comes in."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from sweeper.clusters.kubernetes.cache import PODS
from sweeper.clusters.kubernetes.events import Adopted, Dropped, Inquired, Listed, Looked, Refused
from sweeper.clusters.kubernetes.pods.identity import Requests, SweepLabel
from sweeper.clusters.kubernetes.pods.manifest import pod, probe_pod
from sweeper.clusters.kubernetes.pods.sightings import SLACK
from sweeper.clusters.kubernetes.quotas.quota import charge
from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.model import Attempt, Cause, Phase, Sighting
from tests.clusters.kubernetes.tracking import (
    FIRST,
    NEXT,
    REQUESTS,
    SECOND,
    SETTINGS,
    Tracking,
    made,
    order,
    pod_manifest,
    ran,
)


def copied(name: str | Json) -> Json:
    """The first attempt's pod under a name, with all that its YAML holds."""
    found = made("copy")
    found["metadata"]["name"] = name if isinstance(name, str) else name["metadata"]["name"]
    return found


def late_twin() -> Json:
    """What an earlier request for the first attempt's pod makes, once that pod is gone."""
    found = REQUESTS.marked(pod_manifest())
    found["metadata"]["uid"] = "twin"
    return found


def uids(pods: list[Json]) -> list[str]:
    return [one["metadata"]["uid"] for one in pods]


def see(found: Tracking, now: float, attempt: Attempt = FIRST) -> Sighting:
    """What the engine sees of an attempt."""
    found.fold(Looked(), now)
    return found.tracker.sightings[attempt]


def strays(found: Tracking) -> list[str]:
    return uids(found.tracker.strays())


def test_an_attempt_is_pending_until_its_pod_is_known():
    """Asked for, it has no identity; answered, it has its pod's."""
    found = Tracking()
    found.ask()
    assert (see(found, 1.0).phase, see(found, 1.0).uid) == (Phase.PENDING, "")
    found.created(made(), FIRST, 1.0)
    assert see(found, 1.0).uid == "u"


def test_the_watch_may_be_faster_than_the_answer():
    """A pod that is shown before the server has answered is the one that was asked for."""
    found = Tracking()
    found.ask()
    found.show(made(phase="Running"), 1.0, "ADDED")
    found.created(made(), FIRST, 2.0)
    sighting = see(found, 2.0)
    assert (sighting.phase, sighting.uid) == (Phase.RUNNING, "u")
    assert found.tracker.strays() == []


def test_what_an_earlier_controller_asked_for_is_a_stray():
    """An attempt of the journal that nobody follows any more: its pod goes, by its UID if that is known."""
    found = Tracking()
    found.tracker.ownership.asked = lambda: {FIRST: "u", SECOND: ""}
    other = Requests()  # of the controller that asked for them
    known, late = copy.deepcopy(pod_manifest()), other.marked(pod_manifest(SECOND))
    known["metadata"]["uid"], late["metadata"]["uid"] = "u", "v"
    found.fold(Listed(PODS, (known, late), 0.0), 0.0)
    assert strays(found) == ["u", "v"]
    assert found.tracker.foreign() == []


def test_what_was_never_asked_for_is_left_alone():
    """Another controller of a sweep with this id, in a copy of its folder, may have asked for it."""
    found = Tracking()
    late = Requests().marked(pod_manifest())
    late["metadata"]["uid"] = "u"
    found.show(late, 1.0, "ADDED")
    assert (found.tracker.strays(), found.tracker.foreign()) == ([], [late["metadata"]["name"]])


def test_a_second_pod_that_our_requests_made_is_a_stray():
    """A create that was carried out late has the name and a mark of its own: of two pods one counts."""
    found = Tracking()
    found.ask()
    found.created(made(), FIRST, 1.0)
    twin = late_twin()
    found.show(made(), 1.5, "DELETED")
    found.show(twin, 2.0, "ADDED")
    assert found.tracker.strays() == [twin]
    found.fold(Dropped(FIRST), 2.0)
    assert found.tracker.strays() == [twin]


def test_a_late_pod_of_what_was_given_up_is_a_stray():
    """It was refused, or not needed any more, before its pod was known."""
    found = Tracking()
    found.ask()
    found.fold(Dropped(FIRST), 2.0)
    found.show(made(), 1.0, "ADDED")
    assert found.tracker.strays() == [made()]


def copies() -> dict[str, Json]:
    """Copies of the first attempt's pod that somebody has made by hand, by what was changed."""
    first = made()["metadata"]["name"]
    renamed, bare, following = copied(f"{first}-debug"), copied(f"debug-{first}"), copied(pod_manifest(NEXT))
    following["metadata"]["labels"]["cvsweep/attempt"] = "2"
    unlabelled = copied(f"{first}-plain")
    del unlabelled["metadata"]["labels"]["cvsweep/trial"]
    return {"name": renamed, "front": bare, "next": following, "label": unlabelled, "nothing": copied(first)}


@pytest.mark.parametrize("kind", ["name", "front", "next", "label", "nothing"])
@pytest.mark.parametrize("when", ["asked", "running", "ended", "resumed", "intended"])
def test_a_copy_of_our_pod_is_left_alone(kind, when):
    """Whatever it is called and whenever it comes: it is not adopted, not deleted, not counted."""
    found, copy_ = Tracking(), copies()[kind]
    if when == "resumed":
        found.tracker.ownership.asked = lambda: {FIRST: "u"}
    elif when == "intended":
        found.tracker.ownership.asked = lambda: {FIRST: "u", NEXT: ""}
        assert found.tracker.find(NEXT, pod_manifest(NEXT)) is None
    else:
        found.ask()
        found.ask(NEXT)
    if when in ("running", "ended"):
        found.created(made(), FIRST, 0.0)
        found.show(made(), 0.5, "DELETED")
    if when == "asked":
        found.show(made(), 0.5, "ADDED")
    if when == "ended":
        found.fold(Dropped(FIRST), 2.0)
    charges = found.tracker.charges()
    found.show(copy_, 1.0, "ADDED")
    assert (found.tracker.strays(), found.tracker.foreign()) == ([], [copy_["metadata"]["name"]])
    assert found.tracker.charges() == charges
    assert all(one.uid in ("", "u") for one in found.tracker)
    found.fold(Looked(), 1.5)
    assert list(found.tracker.deletions) == []
    found.show(copy_, 2.0, "DELETED")
    assert (found.tracker.strays(), found.tracker.foreign()) == ([], [])


@pytest.mark.parametrize("kind", ["name", "front", "label"])
def test_a_copy_that_claimed_an_attempts_folder_is_not_adopted(kind):
    """It was there before ours and took the folder: its UID is in there, and it is not ours all the same."""
    found = Tracking()
    found.fold(Listed(PODS, (copies()[kind],), 0.0), 0.0)
    assert found.tracker.is_foreign(FIRST, "copy")


def test_what_older_versions_made_has_no_mark():
    """Such a pod is known by its name and the hash of what was asked for, or by its UID."""
    found = Tracking()
    old = copy.deepcopy(pod_manifest())
    old["metadata"]["uid"] = "u"
    found.fold(Listed(PODS, (old,), 0.0), 0.0)
    assert found.tracker.find(FIRST, pod_manifest()) == old
    other = pod(replace(SETTINGS, image="j"), SweepLabel("abcd", "s"), FIRST, "/s/shim.sh", "/s/t")
    assert found.tracker.find(FIRST, other) is None
    assert not found.tracker.is_foreign(FIRST, "u")


def test_a_probe_that_was_left_is_a_stray():
    """It belongs to no attempt; a copy of it is left alone."""
    found = Tracking()
    probe = probe_pod(SETTINGS, SweepLabel("abcd", "s"), "true")
    probe["metadata"]["name"] += "-0a1b"
    left = Requests().marked(probe)
    left["metadata"]["uid"] = "u"
    copy_ = copy.deepcopy(left)
    copy_["metadata"] |= {"name": "copy", "uid": "v"}
    found.fold(Listed(PODS, (left, copy_), 0.0), 0.0)
    assert (strays(found), found.tracker.foreign()) == (["u"], ["copy"])


def test_what_is_being_asked_for_is_no_stray():
    """Between request and answer a pod of that attempt is left alone."""
    found = Tracking()
    found.ask()
    assert found.tracker.strays() == []


def test_an_adopted_attempt_may_be_gone():
    """A pod that vanished while nobody looked has ended, and its exit record will tell how."""
    found = Tracking()
    found.fold(Adopted(order(), "u", 0.0, 0.0), 0.0)
    assert see(found, 0.0).phase is Phase.RUNNING  # for as long as its containers may run
    late = SETTINGS.grace + SLACK
    assert see(found, late).phase is not Phase.ENDED  # for as long as it is asked who deleted it
    found.fold(Inquired("u", (), ()), late)
    sighting = see(found, late)
    assert (sighting.phase, sighting.uid, sighting.cause) == (Phase.ENDED, "u", None)


def test_an_adopted_attempt_is_found_again():
    """A pod that is still there goes on, since as long as it has run."""
    found = Tracking()
    found.fold(Listed(PODS, (made(phase="Running"),), 0.0), 0.0)
    assert found.tracker.find(FIRST, pod_manifest()) == made(phase="Running")
    assert found.tracker.find(SECOND, pod_manifest(SECOND)) is None
    found.fold(Adopted(order(), "u", 40.0), 100.0)
    sighting = see(found, 100.0)
    assert (sighting.phase, sighting.since) == (Phase.RUNNING, 60.0)


def test_a_refused_attempt_is_reported_with_its_reason():
    """What the server will not have is refused, in its words."""
    found = Tracking()
    found.ask()
    found.answer(Refused("no such image policy"))
    sighting = see(found, 0.0)
    assert (sighting.phase, sighting.message) == (Phase.REFUSED, "no such image policy")


def test_live_pods_are_charged_and_ended_ones_are_not():
    """What a quota counts for us: what is being asked for and what lives, by the specs that came back."""
    found = Tracking()
    found.ask()
    found.order(SECOND)
    gpus = "requests.nvidia.com/gpu"
    assert [charge[gpus] for charge in found.tracker.charges()] == [1]
    found.created(made(), FIRST, 1.0)
    assert [charge[gpus] for charge in found.tracker.charges()] == [1]
    found.show(ran(), 2.0, "MODIFIED")
    assert sum(charge.get(gpus, 0) for charge in found.tracker.charges()) == 0
    found.show(ran(), 3.0, "DELETED")
    assert found.tracker.charges() == []


def test_what_has_ended_is_given_back():
    """It is noted, once, what a pod holds no more: so a quota's fall is known as ours."""
    found = Tracking()
    pending_charges = found.tracker.pending_charges
    found.ask()
    found.created(made(), FIRST, 0.0)
    for number, event in enumerate(["MODIFIED", "MODIFIED", "DELETED"]):
        found.show(ran(), number / 10, event)
        assert pending_charges.unshown("lab", 0.2).released == charge(made())


def test_several_may_be_asked_for():
    """Each pod that a watch shows early finds its own attempt."""
    found = Tracking()
    found.ask(FIRST)
    found.ask(SECOND)
    assert len(found.tracker.charges()) == 2
    found.show(made("v", SECOND), 1.0, "ADDED")
    found.show(made("u", FIRST), 1.0, "ADDED")
    assert (found.tracker[FIRST].uid, found.tracker[SECOND].uid, found.tracker.strays()) == ("u", "v", [])
    assert len(found.tracker.charges()) == 2


def test_nodes_that_reject_again_and_again_are_avoided():
    """Each rejection counts once, and a node is avoided after some of them."""
    found = Tracking(avoid_after=2)
    for number in (1, 2):
        attempt = Attempt(number, 1)
        found.ask(attempt)
        refused = made(f"u{number}", attempt, phase="Failed", reason="OutOfcpu", message="no")
        refused["spec"]["nodeName"] = "bad"
        found.created(refused, attempt, 1.0)
        for _ in range(3):
            assert see(found, 2.0, attempt).cause is Cause.REJECTED
        assert found.tracker.avoided == (["bad"] if number == 2 else [])


def test_a_node_that_cannot_make_a_container_is_avoided_until_one_runs_there():
    """The next pod goes elsewhere, and costs its trial nothing; what begins on the node clears it."""
    found = Tracking()
    found.ask()
    waits = [{"name": "trial", "state": {"waiting": {"reason": "CreateContainerError", "message": "no"}}}]
    stuck = made(containerStatuses=waits)
    stuck["spec"]["nodeName"] = "bad"
    found.created(stuck, FIRST, 0.0)
    assert see(found, 59.0).cause is None
    assert see(found, 60.0).cause is Cause.REJECTED
    assert found.tracker.avoided == ["bad"]
    found.ask(SECOND)
    for event, state in [("ADDED", "waiting"), ("MODIFIED", "running"), ("MODIFIED", "running")]:
        begun = made("v", SECOND, containerStatuses=[{"name": "trial", "state": {state: {}}}])
        begun["spec"]["nodeName"] = "bad"
        found.show(begun, 61.0, event)
        assert found.tracker.avoided == (["bad"] if state == "waiting" else [])
    see(found, 121.0)
    assert found.tracker.avoided == ["bad"]
    found.show(begun, 122.0, "MODIFIED")
    assert found.tracker.avoided == ["bad"]


def test_avoided_nodes_are_given_another_chance():
    """A pod that finds no node may want for the very nodes that it avoids: they are avoided no more."""
    found = Tracking(avoid_after=1)
    found.ask()
    refused = made(phase="Failed", reason="OutOfcpu", message="no")
    refused["spec"]["nodeName"] = "bad"
    found.created(refused, FIRST, 1.0)
    see(found, 2.0)
    assert found.tracker.avoided == ["bad"]
    found.ask(SECOND)
    unschedulable = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no"}
    found.created(made("v", SECOND, conditions=[unschedulable]), SECOND, 3.0)
    see(found, 4.0)
    assert found.tracker.avoided == ["bad"]
    assert see(found, 4.0 + SETTINGS.unschedulable_after, SECOND).cause is Cause.UNSCHEDULABLE
    assert found.tracker.avoided == []


@pytest.mark.parametrize("proven", [None, "bad", "good"])
def test_in_a_queue_a_pod_that_avoids_nodes_waits_for_long_only_if_there_is_another(proven):
    """A queue seldom says that no node is left, so it would wait there for ever."""
    found = Tracking(avoid_after=1)
    if proven:
        found.ask(NEXT)
        running = made(
            "w", NEXT, phase="Running", containerStatuses=[{"name": "trial", "state": {"running": {}}}]
        )
        running["spec"]["nodeName"] = proven
        found.created(running, NEXT, 1.0)
    found.ask()
    refused = made(phase="Failed", reason="OutOfcpu", message="no")
    refused["spec"]["nodeName"] = "bad"
    found.created(refused, FIRST, 1.0)
    see(found, 2.0)
    found.ask(SECOND)
    queued = made("v", SECOND)
    avoiding = pod(SETTINGS, SweepLabel("abcd", "s"), SECOND, "/s/shim.sh", "/s/t", avoid=["bad"])
    queued["spec"] = avoiding["spec"] | {"schedulingGates": [{"name": "kueue.x-k8s.io/admission"}]}
    found.created(queued, SECOND, 3.0)
    assert see(found, 2.9 + SETTINGS.unschedulable_after, SECOND).cause is None
    given_up = see(found, 3.0 + SETTINGS.unschedulable_after, SECOND)
    assert given_up.cause is (None if proven == "good" else Cause.UNSCHEDULABLE)
    assert ("it avoids bad, and no other node is known" in given_up.message) == (proven != "good")
    assert found.tracker.avoided == (["bad"] if proven == "good" else [])


def test_a_dropped_attempt_is_forgotten():
    """Once its outcome is durable nothing is known of it, and its pod is there to be deleted."""
    found = Tracking()
    found.ask()
    found.created(made(), FIRST, 1.0)
    found.fold(Dropped(FIRST), 2.0)
    assert list(found.tracker.deletions) == ["u"]
    assert (found.tracker.of("u"), list(found.tracker)) == (None, [])
    found.show(made(), 2.0, "DELETED")
    assert (found.tracker.cache.pods, found.tracker.deletions) == ({}, {})


def test_a_pod_beside_whose_trial_another_container_runs_on_is_charged_until_it_is_over():
    """Its trial has ended and is recorded; its quota is free when its pod is gone, and that is ours."""
    found = Tracking()
    pending_charges = found.tracker.pending_charges
    found.ask()
    found.created(made(), FIRST, 1.0)
    beside = ran()
    beside["status"] |= {"phase": "Running"}
    found.show(beside, 2.0, "MODIFIED")
    assert see(found, 2.0).phase is Phase.ENDED
    assert found.tracker.charges() == [charge(made())]
    found.fold(Dropped(FIRST), 2.0)
    assert found.tracker.charges() == [charge(made())]
    assert pending_charges.unshown("lab", 2.0).released == {}
    found.show(beside, 3.0, "DELETED")
    assert found.tracker.charges() == []
    assert pending_charges.unshown("lab", 3.0).released == charge(made())


def test_news_of_a_dropped_attempt_reach_nobody():
    """A pod that was recorded before the answer to its own request came is not looked up any more."""
    found = Tracking()
    found.ask()
    found.show(made(phase="Running"), 1.0, "ADDED")
    found.fold(Dropped(FIRST), 2.0)
    assert list(found.tracker) == []
    found.show(made(phase="Running"), 2.0, "DELETED")
    assert found.tracker.cache.pods == {}
    found.created(made(), FIRST, 3.0)
    assert (found.tracker.records, found.tracker.sent, found.tracker.cache.pods) == ({}, [], {})


def test_pods_are_known_by_their_names():
    """From when the server shows them until they are gone; what is only asked for is no pod yet."""
    found = Tracking()
    found.ask()
    assert found.tracker.names == {}
    found.created(made(), FIRST, 1.0)
    assert found.tracker.names == {FIRST: pod_manifest()["metadata"]["name"]}
    found.show(made(), 2.0, "DELETED")
    assert found.tracker.names == {}
