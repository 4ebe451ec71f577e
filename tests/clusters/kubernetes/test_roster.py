"""Attempts matched with pods, whatever order the news comes in."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pytest

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes.mirror import PODS, Mirror
from sweeper.clusters.kubernetes.ownership import Ownership
from sweeper.clusters.kubernetes.pods.identity import Requests, SweepLabel
from sweeper.clusters.kubernetes.pods.manifest import pod, probe_pod
from sweeper.clusters.kubernetes.pods.sightings import SLACK
from sweeper.clusters.kubernetes.pods.waiting import Patience
from sweeper.clusters.kubernetes.quotas.quota import charge
from sweeper.clusters.kubernetes.quotas.throttle import Ledger
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.reports import Changed, Listed
from sweeper.clusters.kubernetes.roster import Roster
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt, Cause, Phase

SETTINGS = KubernetesSettings(user="ada", uid=1, gid=1, namespace="lab", image="i", grace=5.0)
FIRST, SECOND, NEXT = Attempt(0, 1), Attempt(1, 1), Attempt(0, 2)


def order(attempt: Attempt = FIRST) -> Order:
    return Order(attempt, "/s/shim.sh", "/s/t", "/s/t/1")


def wish(attempt: Attempt = FIRST):
    return pod(SETTINGS, SweepLabel("abcd", "s"), attempt, "/s/shim.sh", "/s/t")


REQUESTS = Requests()


@cache
def sent(attempt: Attempt):
    """What was sent for an attempt."""
    return REQUESTS.marked(wish(attempt))


def made(uid: str = "u", attempt: Attempt = FIRST, **status):
    found = copy.deepcopy(sent(attempt))
    found["metadata"]["uid"] = uid
    found["status"] = {"phase": "Pending", **status}
    return found


def ran(uid: str = "u", attempt: Attempt = FIRST, **status):
    """A pod whose container has run and ended."""
    ended = {"exitCode": 0, "reason": "Completed"}
    containers = [{"name": "trial", "state": {"terminated": ended}}]
    found = made(uid, attempt, phase="Succeeded", containerStatuses=containers, **status)
    found["spec"]["nodeName"] = "n"
    return found


def copied(name: str | Json) -> Json:
    """The first attempt's pod under a name, with all that its YAML holds."""
    found = made("copy")
    found["metadata"]["name"] = name if isinstance(name, str) else name["metadata"]["name"]
    return found


def late_twin() -> Json:
    """What an earlier request for the first attempt's pod makes, once that pod is gone."""
    found = REQUESTS.marked(wish())
    found["metadata"]["uid"] = "twin"
    return found


def uids(pods: list[Json]) -> list[str]:
    return [one["metadata"]["uid"] for one in pods]


def roster(avoid_after: int = 2) -> Roster:
    ledger = Ledger()
    return Roster(Mirror(ledger), ledger, Patience.of(SETTINGS), avoid_after, ownership())


def ownership() -> Ownership:
    """Of the controller that sent what `sent` tells."""
    found = Ownership("abcd")
    found.requests = REQUESTS
    return found


def asked(found: Roster, attempt: Attempt = FIRST) -> None:
    found.follow(order(attempt), wish(attempt), 0.0)
    found.asked.add(attempt)


def test_an_attempt_is_pending_until_its_pod_is_known():
    """Asked for, it has no identity; answered, it has its pod's."""
    found = roster()
    asked(found)
    assert (found.sightings(1.0)[FIRST].phase, found.sightings(1.0)[FIRST].uid) == (Phase.PENDING, "")
    found.created(found[FIRST], made(), 1.0)
    assert found.sightings(1.0)[FIRST].uid == "u"


def test_the_watch_may_be_faster_than_the_answer():
    """A pod that is shown before the server has answered is the one that was asked for."""
    found = roster()
    asked(found)
    found.fold(Changed(PODS, "ADDED", made(phase="Running")), 1.0)
    found.created(found[FIRST], made(), 2.0)
    sighting = found.sightings(2.0)[FIRST]
    assert (sighting.phase, sighting.uid) == (Phase.RUNNING, "u")
    assert found.strays() == []


def test_what_an_earlier_controller_asked_for_is_a_stray():
    """An attempt of the journal that nobody follows any more: its pod goes, by its UID if that is known."""
    found = roster()
    found.ownership.asked = lambda: {FIRST: "u", SECOND: ""}
    other = Requests()  # of the controller that asked for them
    known, late = copy.deepcopy(wish()), other.marked(wish(SECOND))
    known["metadata"]["uid"], late["metadata"]["uid"] = "u", "v"
    found.fold(Listed(PODS, (known, late), 0.0), 0.0)
    assert uids(found.strays()) == ["u", "v"]
    assert found.foreign == []


def test_what_was_never_asked_for_is_left_alone():
    """Another controller of a sweep with this id, in a copy of its folder, may have asked for it."""
    found = roster()
    late = Requests().marked(wish())
    late["metadata"]["uid"] = "u"
    found.fold(Changed(PODS, "ADDED", late), 1.0)
    assert (found.strays(), found.foreign) == ([], [late["metadata"]["name"]])


def test_a_second_pod_that_our_requests_made_is_a_stray():
    """A create that was carried out late has the name and a mark of its own: of two pods one counts."""
    found = roster()
    asked(found)
    found.created(found[FIRST], made(), 1.0)
    found.asked.clear()
    twin = late_twin()
    found.fold(Changed(PODS, "DELETED", made()), 1.5)
    found.fold(Changed(PODS, "ADDED", twin), 2.0)
    assert found.strays() == [twin]
    found.drop(FIRST)
    assert found.strays() == [twin]


def test_a_late_pod_of_what_was_given_up_is_a_stray():
    """It was refused, or not needed any more, before its pod was known."""
    found = roster()
    asked(found)
    found.drop(FIRST)
    found.fold(Changed(PODS, "ADDED", made()), 1.0)
    assert found.strays() == [made()]


def copies() -> dict[str, Json]:
    """Copies of the first attempt's pod that somebody has made by hand, by what was changed."""
    first = made()["metadata"]["name"]
    renamed, bare, following = copied(f"{first}-debug"), copied(f"debug-{first}"), copied(wish(NEXT))
    following["metadata"]["labels"]["cvsweep/attempt"] = "2"
    unlabelled = copied(f"{first}-plain")
    del unlabelled["metadata"]["labels"]["cvsweep/trial"]
    return {"name": renamed, "front": bare, "next": following, "label": unlabelled, "nothing": copied(first)}


@pytest.mark.parametrize("kind", ["name", "front", "next", "label", "nothing"])
@pytest.mark.parametrize("when", ["asked", "running", "ended", "resumed", "intended"])
def test_a_copy_of_our_pod_is_left_alone(kind, when):
    """Whatever it is called and whenever it comes: it is not adopted, not deleted, not counted."""
    found, copy_ = roster(), copies()[kind]
    if when == "resumed":
        found.ownership.asked = lambda: {FIRST: "u"}
    elif when == "intended":
        found.ownership.asked = lambda: {FIRST: "u", NEXT: ""}
        assert found.find(NEXT, wish(NEXT)) is None
    else:
        asked(found)
        asked(found, NEXT)
    if when in ("running", "ended"):
        found.created(found[FIRST], made(), 0.0)
        found.fold(Changed(PODS, "DELETED", made()), 0.5)
    if when == "asked":
        found.fold(Changed(PODS, "ADDED", made()), 0.5)
    if when == "ended":
        found.drop(FIRST)
    charges = found.charges()
    found.fold(Changed(PODS, "ADDED", copy_), 1.0)
    assert (found.strays(), found.foreign) == ([], [copy_["metadata"]["name"]])
    assert found.charges() == charges
    assert all(one.uid in ("", "u") for one in found)
    assert found.fold(Changed(PODS, "DELETED", copy_), 2.0) == ["copy"]
    assert (found.strays(), found.foreign) == ([], [])


@pytest.mark.parametrize("kind", ["name", "front", "label"])
def test_a_copy_that_claimed_an_attempts_folder_is_not_adopted(kind):
    """It was there before ours and took the folder: its UID is in there, and it is not ours all the same."""
    found = roster()
    found.fold(Listed(PODS, (copies()[kind],), 0.0), 0.0)
    assert not found.adopt(order(), "copy", 0.0, 0.0)
    assert list(found) == []


def test_what_older_versions_made_has_no_mark():
    """Such a pod is known by its name and the hash of what was asked for, or by its UID."""
    found = roster()
    old = copy.deepcopy(wish())
    old["metadata"]["uid"] = "u"
    found.fold(Listed(PODS, (old,), 0.0), 0.0)
    assert found.find(FIRST, wish()) == old
    other = pod(replace(SETTINGS, image="j"), SweepLabel("abcd", "s"), FIRST, "/s/shim.sh", "/s/t")
    assert found.find(FIRST, other) is None
    assert found.adopt(order(), "u", 0.0, 0.0)


def test_a_probe_that_was_left_is_a_stray():
    """It belongs to no attempt; a copy of it is left alone."""
    found = roster()
    probe = probe_pod(SETTINGS, SweepLabel("abcd", "s"), "true")
    probe["metadata"]["name"] += "-0a1b"
    left = Requests().marked(probe)
    left["metadata"]["uid"] = "u"
    copy_ = copy.deepcopy(left)
    copy_["metadata"] |= {"name": "copy", "uid": "v"}
    found.fold(Listed(PODS, (left, copy_), 0.0), 0.0)
    assert (uids(found.strays()), found.foreign) == (["u"], ["copy"])


def test_what_is_being_asked_for_is_no_stray():
    """Between request and answer a pod of that attempt is left alone."""
    found = roster()
    asked(found)
    assert found.strays() == []


def test_an_adopted_attempt_may_be_gone():
    """A pod that vanished while nobody looked has ended, and its exit record will tell how."""
    found = roster()
    assert found.adopt(order(), "u", 0.0, 0.0)
    assert found.sightings(0.0)[FIRST].phase is Phase.RUNNING  # for as long as its containers may run
    sighting = found.sightings(SETTINGS.grace + SLACK)[FIRST]
    assert (sighting.phase, sighting.uid, sighting.cause) == (Phase.ENDED, "u", None)


def test_an_adopted_attempt_is_found_again():
    """A pod that is still there goes on, since as long as it has run."""
    found = roster()
    found.fold(Listed(PODS, (made(phase="Running"),), 0.0), 0.0)
    assert found.find(FIRST, wish()) == made(phase="Running")
    assert found.find(SECOND, wish(SECOND)) is None
    found.adopt(order(), "u", 100.0, 40.0)
    sighting = found.sightings(100.0)[FIRST]
    assert (sighting.phase, sighting.since) == (Phase.RUNNING, 60.0)


def test_a_refused_attempt_is_told_with_its_reason():
    """What the server will not have is refused, in its words."""
    found = roster()
    asked(found)
    found[FIRST].refused = "no such image policy"
    sighting = found.sightings(0.0)[FIRST]
    assert (sighting.phase, sighting.message) == (Phase.REFUSED, "no such image policy")


def test_live_pods_are_charged_and_ended_ones_are_not():
    """What a quota counts for us: what is being asked for and what lives, by the specs that came back."""
    found = roster()
    asked(found)
    found.follow(order(SECOND), wish(SECOND), 0.0)
    gpus = "requests.nvidia.com/gpu"
    assert [charge[gpus] for charge in found.charges()] == [1]
    found.created(found[FIRST], made(), 1.0)
    assert [charge[gpus] for charge in found.charges()] == [1]
    found.fold(Changed(PODS, "MODIFIED", ran()), 2.0)
    assert sum(charge.get(gpus, 0) for charge in found.charges()) == 0
    found.fold(Changed(PODS, "DELETED", ran()), 3.0)
    found.asked.clear()
    assert found.charges() == []


def test_what_has_ended_is_given_back():
    """The ledger learns, once, what a pod holds no more: so a quota's fall is known as ours."""
    ledger = Ledger()
    found = Roster(Mirror(ledger), ledger, Patience.of(SETTINGS), 2, ownership())
    asked(found)
    found.created(found[FIRST], made(), 0.0)
    for number, event in enumerate(["MODIFIED", "MODIFIED", "DELETED"]):
        found.fold(Changed(PODS, event, ran()), number / 10)
        assert ledger.unshown("lab", 0.2).released == charge(made())


def test_several_may_be_asked_for():
    """Each pod that a watch shows early finds its own attempt."""
    found = roster()
    asked(found, FIRST)
    asked(found, SECOND)
    assert len(found.charges()) == 2
    found.fold(Changed(PODS, "ADDED", made("v", SECOND)), 1.0)
    found.fold(Changed(PODS, "ADDED", made("u", FIRST)), 1.0)
    assert (found[FIRST].uid, found[SECOND].uid, found.strays()) == ("u", "v", [])
    assert len(found.charges()) == 2


def test_nodes_that_reject_again_and_again_are_avoided():
    """Each rejection counts once, and a node is avoided after some of them."""
    found = roster(avoid_after=2)
    for number in (1, 2):
        attempt = Attempt(number, 1)
        asked(found, attempt)
        refused = made(f"u{number}", attempt, phase="Failed", reason="OutOfcpu", message="no")
        refused["spec"]["nodeName"] = "bad"
        found.created(found[attempt], refused, 1.0)
        for _ in range(3):
            assert found.sightings(2.0)[attempt].cause is Cause.REJECTED
        assert found.avoided == (["bad"] if number == 2 else [])


def test_a_node_that_cannot_make_a_container_is_avoided_until_one_runs_there():
    """The next pod goes elsewhere, and costs its trial nothing; what begins on the node clears it."""
    found = roster()
    asked(found)
    waits = [{"name": "trial", "state": {"waiting": {"reason": "CreateContainerError", "message": "no"}}}]
    stuck = made(containerStatuses=waits)
    stuck["spec"]["nodeName"] = "bad"
    found.created(found[FIRST], stuck, 0.0)
    assert found.sightings(59.0)[FIRST].cause is None
    assert found.sightings(60.0)[FIRST].cause is Cause.REJECTED
    assert found.avoided == ["bad"]
    for event, state in [("ADDED", "waiting"), ("MODIFIED", "running"), ("MODIFIED", "running")]:
        asked(found, SECOND)
        begun = made("v", SECOND, containerStatuses=[{"name": "trial", "state": {state: {}}}])
        begun["spec"]["nodeName"] = "bad"
        found.fold(Changed(PODS, event, begun), 61.0)
        assert found.avoided == (["bad"] if state == "waiting" else [])
    found.sightings(121.0)
    assert found.avoided == ["bad"]
    found.fold(Changed(PODS, "MODIFIED", begun), 122.0)
    assert found.avoided == ["bad"]


def test_avoided_nodes_are_given_another_chance():
    """A pod that finds no node may want for the very nodes that it avoids: they are avoided no more."""
    found = roster(avoid_after=1)
    asked(found)
    refused = made(phase="Failed", reason="OutOfcpu", message="no")
    refused["spec"]["nodeName"] = "bad"
    found.created(found[FIRST], refused, 1.0)
    found.sightings(2.0)
    assert found.avoided == ["bad"]
    asked(found, SECOND)
    homeless = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no"}
    found.created(found[SECOND], made("v", SECOND, conditions=[homeless]), 3.0)
    found.sightings(4.0)
    assert found.avoided == ["bad"]
    assert found.sightings(4.0 + SETTINGS.unschedulable_after)[SECOND].cause is Cause.UNSCHEDULABLE
    assert found.avoided == []


def test_a_dropped_attempt_is_forgotten():
    """Once its outcome is durable nothing is known of it, and its pod is there to be deleted."""
    found = roster()
    asked(found)
    found.created(found[FIRST], made(), 1.0)
    found.asked.clear()
    tracked = found.drop(FIRST)
    assert found.has_pod(tracked)
    assert (found.by_uid("u"), list(found)) == (None, [])
    assert found.fold(Changed(PODS, "DELETED", made()), 2.0) == ["u"]
    assert not found.has_pod(tracked)


def test_a_pod_beside_whose_trial_another_container_runs_on_is_charged_until_it_is_over():
    """Its trial has ended and is recorded; its quota is free when its pod is gone, and that is ours."""
    ledger = Ledger()
    found = Roster(Mirror(ledger), ledger, Patience.of(SETTINGS), 2, ownership())
    asked(found)
    found.created(found[FIRST], made(), 1.0)
    found.asked.clear()
    beside = ran()
    beside["status"] |= {"phase": "Running"}
    found.fold(Changed(PODS, "MODIFIED", beside), 2.0)
    assert found.sightings(2.0)[FIRST].phase is Phase.ENDED
    assert found.charges() == [charge(made())]
    found.drop(FIRST)
    assert found.charges() == [charge(made())]
    assert ledger.unshown("lab", 2.0).released == {}
    found.fold(Changed(PODS, "DELETED", beside), 3.0)
    assert found.charges() == []
    assert ledger.unshown("lab", 3.0).released == charge(made())


def test_news_of_a_dropped_attempt_reach_nobody():
    """A pod that was recorded before the answer to its own request came is not looked up any more."""
    found = roster()
    asked(found)
    found.fold(Changed(PODS, "ADDED", made(phase="Running")), 1.0)
    tracked = found.drop(FIRST)
    assert not found.follows(tracked)
    assert found.fold(Changed(PODS, "DELETED", made(phase="Running")), 2.0) == ["u"]
    assert found.asked == set()


def test_pods_are_known_by_their_names():
    """From when the server shows them until they are gone; what is only asked for is no pod yet."""
    found = roster()
    asked(found)
    assert found.names == {}
    found.created(found[FIRST], made(), 1.0)
    assert found.names == {FIRST: wish()["metadata"]["name"]}
    found.fold(Changed(PODS, "DELETED", made()), 2.0)
    assert found.names == {}
