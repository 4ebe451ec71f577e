"""What is to be done, as lists of actions: which creates, deletions and questions are sent when."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest

from sweeper.clusters.kubernetes import capacity
from sweeper.clusters.kubernetes.actions import (
    AskQueue,
    Create,
    Delete,
    GiveBack,
    GiveUp,
    Inquire,
    ListPods,
    ReadEvents,
    ShowPod,
)
from sweeper.clusters.kubernetes.backoffs import FORGIVEN, GIVEN_BACK, REFUSED
from sweeper.clusters.kubernetes.cache import PODS, QUOTAS
from sweeper.clusters.kubernetes.capacity import ALONE
from sweeper.clusters.kubernetes.decide import (
    AROUND_FOR,
    EVENTS_EVERY,
    HOLD,
    LATER,
    QUEUES_EVERY,
    creates,
    decide,
)
from sweeper.clusters.kubernetes.deletion import YIELD
from sweeper.clusters.kubernetes.events import (
    Adopted,
    Delayed,
    DeletionAgreed,
    DeletionFailed,
    Dropped,
    Foreseen,
    Full,
    Inquired,
    ItemChanged,
    Listed,
    Looked,
    PodsListed,
    Refused,
    Unwanted,
)
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.tracking import (
    FIRST,
    GPU,
    SECOND,
    Like,
    Tracking,
    made,
    order,
    pod_manifest,
    quota,
    ran,
)


def attempts(most: int) -> list[Attempt]:
    return [Attempt(trial, 1) for trial in range(most)]


def crowd(**more: Any) -> Tracking:
    """A namespace in which others have pods, and there is capacity for many."""
    return Tracking(quota(1, hard=40), **more)


def alone(**more: Any) -> Tracking:
    """One in which nobody else has any."""
    return Tracking(quota(0, hard=40), **more)


def send_all(found: Tracking, now: float = 0.0) -> list[Attempt]:
    """Send creates for as long as any is decided; whose they are."""
    sent = []
    while actions := creates(found.tracker, now):
        found.do(actions, now)
        sent += [action.attempt for action in actions]
    return sent


def offer(found: Tracking, now: float = 0.0) -> int:
    """How many attempts the engine may launch."""
    return capacity.offer(found.tracker, capacity.current(found.tracker, now), now)


# Creates -------------------------------------------------------------------------------------------


def test_what_is_ordered_is_asked_for_with_the_facts_that_allow_it():
    """The log tells later why it was sent."""
    found = alone()
    found.order()
    (action,) = creates(found.tracker, 0.0)
    assert action == Create(FIRST, pod_manifest())
    assert action.why == {
        "room": 40,
        "ours": 0,
        "bounds": {f"quota lab {GPU}": 40},
        "alone": True,
        "view": {"lab": {GPU: "0/40"}},
    }
    found.do([action])
    assert [(one["did"], one["pod"]) for one in found.tracker.log] == [
        ("create", pod_manifest()["metadata"]["name"])
    ]
    assert decide(found.tracker, 0.0) == []


def test_nothing_is_asked_for_without_capacity():
    """The reserve and what we are being granted included."""
    found = Tracking(quota(2, hard=4), reserve=1)
    found.order(FIRST)
    found.order(SECOND)
    assert send_all(found) == [FIRST]
    found.created(made())
    assert (send_all(found), offer(found)) == ([], 0)
    found.fold(ItemChanged(QUOTAS, "MODIFIED", quota(1, hard=4)))
    assert send_all(found) == [SECOND]


def test_one_request_at_a_time_in_company():
    """Until an answer has been taken in, the next request is not ready to go."""
    found = crowd()
    assert offer(found) == 1
    for attempt in (FIRST, SECOND):
        found.order(attempt)
    assert (send_all(found), offer(found)) == ([FIRST], 0)
    found.created(made())
    assert (send_all(found), offer(found)) == ([SECOND], 0)
    found.created(made("v", SECOND), SECOND)
    assert offer(found) == 1


def test_several_requests_alone():
    """Where nobody else could be faster, several may be under way, up to a bound."""
    found, every = alone(), attempts(ALONE + 2)
    assert offer(found) == ALONE
    for attempt in every[:3]:
        found.ask(attempt)
    assert offer(found) == ALONE - 3
    for attempt in every[3:]:
        found.order(attempt)
    assert (send_all(found), offer(found)) == (every[3:ALONE], 0)
    found.answer(Refused("no"), every[3])
    assert send_all(found) == [every[ALONE]]


def test_one_request_at_a_time_in_trouble():
    """A server that cannot do what it was asked for is asked for nothing more until it can."""
    found = alone()
    found.ask()
    found.fold(Delayed(FIRST, "a pod is not created yet: busy"))
    assert offer(found) == 0
    found.created(made())
    assert offer(found) == ALONE


def test_after_a_refusal_one_request_probes():
    """Until a pod has been created, each rest is followed by a single request, though we seem to be alone."""
    found = alone()
    for attempt in (FIRST, SECOND):
        found.ask(attempt)
    for attempt in (FIRST, SECOND):
        found.answer(Full("no"), attempt)
    for _ in range(3):
        now = found.tracker.backoff.ready_at
        assert send_all(found, now) == [FIRST]
        assert creates(found.tracker, math.nextafter(math.inf, 0)) == []
        found.answer(Full("no"), FIRST, now)
    now = found.tracker.backoff.ready_at
    assert send_all(found, now) == [FIRST]
    found.created(made(), FIRST, now)
    assert send_all(found, now) == [SECOND]


def test_after_a_refusal_nothing_is_sent_before_its_rest_is_over():
    """What was refused is asked for first then, and nothing new is taken before."""
    found = crowd()
    found.ask()
    found.answer(Full("exceeded quota"), FIRST, 1.0)
    assert found.tracker.log[-1]["rest"] == pytest.approx(REFUSED.first)
    before = 1.0 + REFUSED.first - 0.01
    assert (creates(found.tracker, before), offer(found, before)) == ([], 0)
    assert offer(found, 1.0 + REFUSED.first) == 0
    assert send_all(found, 1.0 + REFUSED.first) == [FIRST]


def test_what_was_given_back_keeps_creates_waiting():
    """Others go first for a while."""
    found = alone()
    found.tracker.backoff.gave_back(5.0)
    assert (offer(found, 5.0), offer(found, 5.0 + GIVEN_BACK.first)) == (0, ALONE)
    assert GIVEN_BACK.most < FORGIVEN


def test_what_finds_no_capacity_goes_back_to_the_engine():
    """The quota has refused it, and there has been no capacity for some seconds."""
    found = Tracking(quota(3))
    found.ask()
    found.answer(Full("exceeded quota"), FIRST, 1.0)
    found.fold(ItemChanged(QUOTAS, "MODIFIED", quota(4)), 1.1)
    assert decide(found.tracker, 1.0 + HOLD) == []
    actions = decide(found.tracker, 1.1 + HOLD)
    assert actions == [GiveBack(FIRST, "there was no room for it after all")]
    found.do(actions, 1.1 + HOLD)
    assert found.tracker[FIRST].refused == "there was no room for it after all"
    assert decide(found.tracker, 2.0 + HOLD) == []


def test_what_finds_capacity_at_last_is_asked_for_and_not_given_back():
    """However long it has waited."""
    found = Tracking(quota(3))
    found.ask()
    found.answer(Full("exceeded quota"), FIRST, 1.0)
    assert decide(found.tracker, 100.0) == [Like(Create, attempt=FIRST)]


def test_while_one_is_under_way_nothing_is_given_back():
    """Its answer tells whether there is capacity."""
    found = alone()
    for attempt in (FIRST, SECOND):
        found.ask(attempt)
    found.answer(Full("no"), SECOND, 1.0)
    assert decide(found.tracker, 1000.0) == []


def test_a_refusal_for_good_sends_back_what_waits():
    """No pod of this sweep will be created: the engine hears why, once."""
    found = alone()
    for attempt in (FIRST, SECOND):
        found.ask(attempt)
    found.answer(Full("no"), SECOND)
    found.answer(Refused("no such namespace", for_good=True))
    assert [one.refused for one in found.tracker] == ["no such namespace"] * 2
    assert found.tracker.trouble == "no such namespace"


# What is not wanted any more -----------------------------------------------------------------------


def test_what_waits_is_dropped_at_once():
    """An attempt for which nothing was sent yet is simply gone."""
    found = crowd()
    found.ask(FIRST)
    found.order(SECOND)
    found.fold(Unwanted(SECOND))
    assert found.tracker[SECOND].refused == "it was not needed any more"
    assert decide(found.tracker, 0.0) == []


@pytest.mark.parametrize("event", [Unwanted(FIRST), Dropped(FIRST)])
def test_what_is_under_way_is_told_to_give_up(event):
    """An attempt that is being asked for learns once that it is not wanted, and its answer still comes."""
    found = alone()
    found.ask(FIRST)
    found.ask(SECOND)
    found.fold(event)
    actions = decide(found.tracker, 0.0)
    assert actions == [GiveUp(FIRST)]
    found.do(actions)
    assert decide(found.tracker, 0.0) == []
    assert found.tracker[FIRST] in found.tracker.sent


@pytest.mark.parametrize(("result", "refused"), [(Full("full"), "full"), (Refused("given up"), "given up")])
def test_what_was_refused_and_is_not_wanted_is_not_asked_for_again(result, refused):
    """The engine sees why there is no pod."""
    found = alone()
    found.ask()
    found.fold(Unwanted(FIRST))
    found.answer(result)
    assert (found.tracker[FIRST].refused, send_all(found, 1000.0)) == (refused, [])


def test_a_pod_that_is_created_though_it_is_not_wanted_goes():
    """It is deleted as soon as it is known, be it by the answer or by a watch."""
    for way in ("answer", "watch"):
        found = alone()
        found.ask()
        found.fold(Unwanted(FIRST))
        found.do(decide(found.tracker, 0.0))
        found.created(made()) if way == "answer" else found.show(made())
        assert Like(Delete, uid="u") in decide(found.tracker, 0.0)


def test_a_watch_that_is_faster_than_the_answer_is_reported_once():
    """Nothing more need be sent for a create whose pod is there."""
    found = alone()
    found.ask()
    found.show(made())
    actions = decide(found.tracker, 0.0)
    assert actions == [ShowPod(FIRST, made())]
    found.do(actions)
    assert decide(found.tracker, 0.0) == []


@pytest.mark.parametrize("result", [Full("full"), Refused("not needed")])
def test_a_pod_that_is_there_is_not_asked_for_whatever_the_answer_says(result):
    """A create in doubt was carried out after all."""
    found = alone()
    found.ask()
    found.show(made())
    found.answer(result)
    assert (found.tracker[FIRST].refused, send_all(found, 1000.0)) == ("", [])


# Deletions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "kept"),
    [("never", []), ("failed", ["Failed"]), ("always", ["Succeeded", "Failed"])],
)
def test_ended_pods_are_kept_as_the_settings_say(keep, kept):
    """Only what has ended may be kept; a pod that still lives goes in any case."""
    for phase in ("Pending", "Running", "Succeeded", "Failed"):
        found = alone(keep_pods=keep)
        found.run(phase=phase)
        found.fold(Dropped(FIRST))
        actions = decide(found.tracker, 0.0)
        found.do(actions)
        assert actions == ([] if phase in kept else [Like(Delete, uid="u")])
        shown = [record["why"] for record in found.tracker.log if record["did"] == "delete"]
        assert shown == ([] if phase in kept else ["remove"])


def test_what_is_kept_is_not_tidied_away():
    """A kept pod bears our label and counts for nothing: it stays until it is gone, and is forgotten then."""
    found = alone(keep_pods="failed")
    found.run(phase="Failed")
    found.fold(Dropped(FIRST))
    found.fold(Looked())
    assert (decide(found.tracker, 0.0), found.tracker.kept) == ([], {"u"})
    found.show(made(phase="Failed"), 1.0, "DELETED")
    assert found.tracker.kept == set()


def test_what_is_nobodys_goes():
    """A request of ours was carried out late, for an attempt that was given up long ago."""
    found = alone()
    found.ask()
    found.answer(Refused("it was not needed any more"))
    found.fold(Dropped(FIRST))
    found.show(made(), 5.0)
    found.fold(Looked(), 5.0)
    assert decide(found.tracker, 5.0) == [Like(Delete, uid="u", name=made()["metadata"]["name"])]


def test_a_deletion_is_asked_for_and_logged_once():
    """Asking again is no new request."""
    found = alone()
    found.run(phase="Running")
    for _ in range(2):
        found.fold(Unwanted(FIRST))
        found.do(decide(found.tracker, 0.0))
    shown = [record for record in found.tracker.log if record["did"] == "delete"]
    assert [(record["pod"], record["uid"], record["why"]) for record in shown] == [
        (made()["metadata"]["name"], "u", "stop")
    ]


def ended_while(found: Tracking, *, busy: bool) -> None:
    """An attempt has ended and is recorded, while another is being asked for or not."""
    found.run()
    found.show(ran())
    found.fold(Dropped(FIRST))
    if busy:
        found.ask(SECOND)


def test_what_has_ended_waits_for_what_is_created():
    """While pods are being created, an ended one is deleted only when it has waited long enough."""
    found = alone()
    ended_while(found, busy=True)
    assert (decide(found.tracker, YIELD), found.tracker.is_idle(YIELD)) == ([], False)
    assert decide(found.tracker, YIELD + 0.1) == [Like(Delete, uid="u")]


def test_the_create_that_is_decided_now_goes_before_what_has_ended():
    """Both are due, and only one of them fills a GPU."""
    found = alone()
    ended_while(found, busy=False)
    found.order(SECOND)
    assert decide(found.tracker, 0.0) == [Like(Create, attempt=SECOND)]


def test_what_has_ended_goes_once_nothing_is_created():
    """With nothing else to do it is deleted at once, and asked for once."""
    found = alone()
    ended_while(found, busy=False)
    for wanted in ([Like(Delete, uid="u")], []):
        actions = decide(found.tracker, 0.0)
        assert actions == wanted
        found.do(actions)
        found.fold(Looked())


def test_what_still_runs_does_not_wait():
    """A pod that holds a GPU and counts for nothing goes first."""
    found = alone()
    found.run(phase="Running")
    found.ask(SECOND)
    found.fold(Dropped(FIRST))
    assert decide(found.tracker, 0.0) == [Like(Delete, uid="u")]


def test_what_is_gone_waits_for_nothing():
    """Somebody else may have deleted it in the meantime."""
    found = alone()
    ended_while(found, busy=False)
    found.show(ran(), 0.0, "DELETED")
    assert (decide(found.tracker, 0.0), found.tracker.is_idle(0.0)) == ([], True)


def test_a_deletion_is_asked_for_again_after_a_rest():
    """However often it has failed; the log has it once."""
    found = alone()
    found.run(phase="Running")
    found.fold(Unwanted(FIRST))
    for tries, now in ((1, 0.0), (2, 5.0), (3, 10.0)):
        assert decide(found.tracker, now - 0.1) == []
        actions = decide(found.tracker, now)
        assert actions == [Delete("u", made()["metadata"]["name"], tries)]
        found.do(actions, now)
        assert decide(found.tracker, now) == []
        found.fold(DeletionFailed("u", "busy", 5.0, math.inf), now)
    assert sum(record["did"] == "delete" for record in found.tracker.log) == 1


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_deletion_that_was_agreed_to_is_not_asked_for_again(is_gone):
    """And whoever waits for the end of the sweep waits for the pod, unless it is gone."""
    found = alone()
    found.run(phase="Running")
    found.fold(Unwanted(FIRST))
    found.do(decide(found.tracker, 0.0))
    found.fold(DeletionAgreed("u", is_gone=is_gone), 1.0)
    assert (decide(found.tracker, 1000.0), found.tracker.is_idle(1.0)) == ([], is_gone)


# Questions -----------------------------------------------------------------------------------------


def test_the_events_of_a_pod_that_does_not_start_are_read_now_and_then():
    """From half of the time on for which it is waited for."""
    found = alone()
    found.run()
    placed = made()
    placed["spec"]["nodeName"] = "n"
    found.show(placed)
    half = found.tracker.timeouts.mount_after / 2
    assert decide(found.tracker, half - 0.1) == []
    for now in (half, half + EVENTS_EVERY):
        actions = decide(found.tracker, now)
        assert actions == [ReadEvents("u")]
        found.do(actions, now)
        assert decide(found.tracker, now + EVENTS_EVERY - 0.1) == []


def test_the_pods_of_the_namespace_are_listed_while_it_matters():
    """Ours does not run yet and has taken the last place before the reserve; one answer at a time."""
    found = Tracking(quota(3), reserve=1)
    found.run()
    found.fold(Looked(), 1.0)
    actions = decide(found.tracker, 1.0)
    assert actions == [ListPods(1.0)]
    found.do(actions, 1.0)
    assert decide(found.tracker, 100.0) == []
    found.fold(PodsListed(1.0, None), 1.1)
    assert decide(found.tracker, 100.0) == [ListPods(100.0)]


def delete_by_others(found: Tracking, *attempts: Attempt) -> None:
    for attempt in attempts:
        uid = f"u{attempt.trial}"
        found.run(uid, attempt, phase="Running")
        found.show(made(uid, attempt, phase="Running"), 0.0, "DELETED")
    found.fold(Looked(), 0.0)


def test_who_deleted_a_pod_is_asked_a_moment_later():
    """Once for each pod; who else holds GPUs is looked at once for all of them, and again later."""
    found = alone()
    delete_by_others(found, FIRST, SECOND)
    assert decide(found.tracker, LATER - 0.1) == []
    actions = decide(found.tracker, LATER)
    assert actions == [Like(Inquire, uid="u0", look_around=True), Like(Inquire, uid="u1", look_around=False)]
    found.do(actions, LATER)
    assert decide(found.tracker, LATER) == []
    found.fold(Inquired("u0", (), ()), LATER)
    delete_by_others(found, Attempt(2, 1))
    assert decide(found.tracker, LATER + AROUND_FOR) == [Like(Inquire, uid="u2", look_around=True)]


def test_nobody_is_asked_who_deleted_what_we_have_deleted():
    found = alone()
    found.run(phase="Running")
    found.fold(Unwanted(FIRST))
    found.do(decide(found.tracker, 0.0))
    found.show(made(phase="Running"), 0.0, "DELETED")
    found.fold(Looked(), 0.0)
    assert decide(found.tracker, 100.0) == []


def test_a_queue_is_asked_on_behalf_of_its_first_pod():
    """What holds it up holds the others up, too; it is asked again after a while."""
    found = alone()
    for number, attempt in enumerate((FIRST, SECOND)):
        found.ask(attempt)
        gated = copy.deepcopy(made(f"u{number}", attempt))
        gated["spec"]["schedulingGates"] = [{"name": "kueue.x-k8s.io/admission"}]
        found.created(gated, attempt)
    for now in (0.0, QUEUES_EVERY):
        actions = decide(found.tracker, now)
        assert actions == [AskQueue("u0")]
        found.do(actions, now)
        assert decide(found.tracker, now + 1.0) == []


@pytest.mark.parametrize("way", ["created", "shown", "adopted"])
def test_that_the_cluster_queues_our_pods_is_remembered(way):
    """Whoever brings the first one that waits in a queue."""
    found = alone()
    gated = made()
    gated["spec"] |= {"schedulingGates": [{"name": "kueue.x-k8s.io/admission"}]}
    match way:
        case "created":
            found.ask()
            found.created(gated)
        case "shown":
            found.ask()
            found.show(gated)
        case "adopted":
            found.fold(Listed(PODS, (gated,), 0.0))
            found.fold(Adopted(order(), "u", 0.0))
    assert found.tracker.in_queue
    assert AskQueue("u") in decide(found.tracker, 0.0)


def test_a_pod_is_counted_as_the_server_will_make_it():
    """A default of the namespace takes quota, and nothing is asked for that it leaves no capacity for."""
    found = Tracking({"metadata": {"name": "lab"}, "spec": {"hard": {"limits.cpu": "4"}}})
    got = copy.deepcopy(found.tracker.ordinary)
    got["spec"]["containers"][0]["resources"].setdefault("limits", {})["cpu"] = "3"
    found.fold(Foreseen(got, {}))
    for attempt in (FIRST, SECOND):
        found.order(attempt)
    assert send_all(found) == [FIRST]
