"""Requests that nobody waits for: what is sent, and the event that tells what came of it."""

from __future__ import annotations

import math

import pytest

from sweeper.clusters.kubernetes import calls
from sweeper.clusters.kubernetes.actions import AskQueue, Delete, Inquire, ListPods, ReadEvents
from sweeper.clusters.kubernetes.deletion import BELIEVED_AFTER
from sweeper.clusters.kubernetes.events import (
    DeletionAgreed,
    DeletionFailed,
    EventsRead,
    Inquired,
    PodsListed,
)
from sweeper.clusters.kubernetes.refusals import Refusal as Meaning
from sweeper.clusters.kubernetes.server.retries import REST
from tests.clusters.kubernetes.scripted import Answer, status

PODS = "/api/v1/namespaces/lab/pods"
EVENTS = "/api/v1/namespaces/lab/events"
POD = {"metadata": {"name": "x", "uid": "u"}}
DELETE = Delete("u", "x")


@pytest.fixture
def api(server, tmp_path):
    return server.api(tmp_path)


def test_a_pod_is_deleted_by_its_uid(server, api):
    """A deletion is asked for one time, with the UID of the very pod."""
    server.script("DELETE", f"{PODS}/x", {})
    assert calls.delete(api, DELETE) == DeletionAgreed("u")
    assert [one.body["preconditions"] for one in server.asked] == [{"uid": "u"}]


NOTHING_HERE = "the server could not find the requested resource"

ODD = [
    status(503, "", "busy"),
    status(403, "Forbidden", "pods is forbidden: not yet"),
    Answer(302, "", {"Location": "https://login.example/"}),
    Answer(404, "404 page not found"),
    Answer(407, "<h1>Proxy Authentication Required</h1>"),
    Answer(200, "<h1>Please log in</h1>"),
    status(400, "", 'admission webhook "p.example" denied the request: not now'),
    status(429, "", "slow down"),
    Answer(cut=True),
]


@pytest.mark.parametrize("answer", ODD, ids=lambda one: str(one.status))
def test_an_odd_answer_to_a_deletion_is_no_agreement(server, api, answer):
    """It is to be asked for again after a rest, which grows."""
    server.script("DELETE", f"{PODS}/x", answer)
    for tries in (1, 4):
        failed = calls.delete(api, Delete("u", "x", tries))
        assert isinstance(failed, DeletionFailed)
        assert failed.message
        assert 0.0 <= failed.rest <= REST.first * 2 ** (tries - 1)


def test_a_server_that_asks_to_be_left_alone_is(server, api):
    """For as long as it says at least."""
    server.script("DELETE", f"{PODS}/x", Answer(429, status(429, "", "slow").body, {"Retry-After": "7"}))
    failed = calls.delete(api, DELETE)
    assert isinstance(failed, DeletionFailed)
    assert failed.rest >= 7.0


def test_a_fault_of_our_own_is_no_reason_to_leave_a_pod(api, monkeypatch):
    """An exception that nobody foresaw is a trouble like others, and is named."""

    def falter(*args):
        raise KeyError("metadata")

    monkeypatch.setattr(api, "delete", falter)
    failed = calls.delete(api, DELETE)
    assert isinstance(failed, DeletionFailed)
    assert (failed.message, failed.believed_after) == ("KeyError: 'metadata'", math.inf)


@pytest.mark.parametrize("there", [status(404, "NotFound", "gone"), {"metadata": {"uid": "another"}}])
@pytest.mark.parametrize("code", [404, 409])
def test_what_is_gone_is_gone(server, api, code, there):
    """A pod that is not there any more, or whose name another bears, is no trouble."""
    server.script("DELETE", f"{PODS}/x", status(code, "", "gone"))
    server.script("GET", f"{PODS}/x", there)
    assert calls.delete(api, DELETE) == DeletionAgreed("u", is_gone=True)


@pytest.mark.parametrize(
    ("answer", "look"),
    [
        (status(409, "Conflict", "the object has been modified"), POD),
        (status(404, "NotFound", 'admission webhook "p.example" denied the request: no'), POD),
        (status(404, "NotFound", "the server could not find the requested resource"), POD),
        (status(404, "NotFound", NOTHING_HERE), status(404, "NotFound", NOTHING_HERE)),
    ],
)
def test_what_is_no_answer_about_this_pod_ends_nothing(server, api, answer, look):
    """As long as nobody says that this very pod is gone, its deletion is asked for."""
    server.script("DELETE", f"{PODS}/x", answer)
    server.script("GET", f"{PODS}/x", look)
    assert isinstance(calls.delete(api, DELETE), DeletionFailed)


@pytest.mark.parametrize(
    ("code", "words", "meaning"),
    [
        (403, "no right", Meaning.NEVER),
        (405, "the server does not allow this method on the requested resource", Meaning.NEVER),
        (400, 'admission webhook "p.example" denied the request: no', Meaning.WEBHOOK),
        (404, 'admission webhook "p.example" denied the request: no', Meaning.WEBHOOK),
    ],
)
def test_a_denial_is_believed_if_it_lasts(server, api, code, words, meaning):
    """Who has no right to delete is told so in the end."""
    server.script("DELETE", f"{PODS}/x", status(code, "", words))
    server.script("GET", f"{PODS}/x", POD)
    failed = calls.delete(api, DELETE)
    assert isinstance(failed, DeletionFailed)
    assert (failed.message, failed.believed_after) == (f"{words} ({code})", BELIEVED_AFTER[meaning])


def test_events_tell_why_a_pod_does_not_start(server, api):
    """The reason comes from the pod's own events."""
    event = {"type": "Warning", "reason": "FailedMount", "message": "no such volume", "count": 1}
    server.script("GET", EVENTS, {"items": [event]})
    assert calls.read_events(api, ReadEvents("u")) == EventsRead("u", "no such volume")
    assert "involvedObject.uid%3Du" in server.asked[0].query


def test_events_that_may_not_be_read_say_so(server, api):
    """Without the right to read events the reason stays unknown, and that is said."""
    server.script("GET", EVENTS, status(403, "Forbidden", "events is forbidden"))
    assert "events is forbidden" in calls.read_events(api, ReadEvents("u")).message


def test_a_queue_that_says_nothing_is_asked_again_later(server, api):
    """There is no event for an answer that did not come."""
    server.script("GET", EVENTS, status(403, "Forbidden", "events is forbidden"))
    assert calls.ask_queue(api, AskQueue("u")) is None


def test_without_an_answer_a_deletion_is_judged_by_what_else_is_known(server, api):
    """What an earlier look around has shown holds no longer then."""
    server.script("GET", EVENTS, status(500, "", "no"))
    server.script("GET", PODS, status(500, "", "no"))
    assert calls.inquire(api, Inquire("u", POD, look_around=True)) == Inquired("u", None, ())
    assert calls.inquire(api, Inquire("u", POD, look_around=False)) == Inquired("u", None, None)


def test_a_look_at_all_pods_that_fails_is_reported(server, api):
    """Else nobody would look again."""
    server.script("GET", PODS, status(500, "", "no"), {"items": [POD]})
    assert calls.list_pods(api, ListPods(3.0)) == PodsListed(3.0, None)
    assert calls.list_pods(api, ListPods(4.0)) == PodsListed(4.0, (POD,))
