"""Deletions and questions that nobody waits for."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator

import pytest

from sweeper.backoff import Backoff
from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes import deletion, errands
from sweeper.clusters.kubernetes.errands import Errands
from sweeper.clusters.kubernetes.server import patience
from tests.clusters.kubernetes.scripted import Answer, status

PODS = "/api/v1/namespaces/lab/pods"
EVENTS = "/api/v1/namespaces/lab/events"
POD = {"metadata": {"name": "x", "uid": "u"}}


class Heard:
    """An engine that lives: what is due is sent."""

    def __init__(self, server, tmp_path) -> None:
        self.found: queue.Queue[tuple[str, str]] = queue.Queue()
        self.api = server.api(tmp_path)
        self.errands = Errands(self.api, lambda *found: self.found.put(found))

    def wait(self, condition) -> None:
        deadline = boottime() + 20
        while not condition():
            assert boottime() < deadline
            self.errands.send(boottime())
            time.sleep(0.01)

    def settled(self, uid: str = "u") -> bool:
        return self.errands.deleting[uid].settled_at is not None


@pytest.fixture(autouse=True)
def soon(monkeypatch) -> None:
    """Nobody rests for long."""
    monkeypatch.setattr(patience, "REST", Backoff(0.02, 0.02, chance=1.0))


@pytest.fixture
def heard(server, tmp_path, monkeypatch) -> Iterator[Heard]:
    monkeypatch.setattr(errands, "_LEAVING", 0.05)
    heard = Heard(server, tmp_path)
    yield heard
    heard.errands.close()


def test_a_pod_is_deleted_once(server, heard):
    """A deletion is asked for one time, with the UID of the very pod."""
    server.script("DELETE", f"{PODS}/x", {})
    assert heard.errands.delete(POD)
    assert not heard.errands.delete(POD)
    heard.wait(heard.settled)
    assert server.asked[0].body["preconditions"] == {"uid": "u"}


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


def test_a_deletion_is_repeated_until_the_api_has_agreed(server, heard):
    """However odd the answers were, the pod goes in the end."""
    server.script("DELETE", f"{PODS}/x", *ODD, {})
    heard.errands.delete(POD)
    heard.wait(heard.settled)
    assert server.count("DELETE") == len(ODD) + 1
    assert not heard.errands.deleting["u"].trouble


def test_a_fault_of_our_own_is_no_reason_to_leave_a_pod(server, heard, monkeypatch):
    """An exception that nobody foresaw is a trouble like others, and is named."""
    whole, faults = heard.api.delete, [KeyError("metadata")]

    def falter(*args):
        if faults:
            raise faults.pop()
        return whole(*args)

    monkeypatch.setattr(heard.api, "delete", falter)
    server.script("DELETE", f"{PODS}/x", {})
    heard.errands.delete(POD)
    heard.wait(lambda: heard.errands.deleting["u"].trouble or heard.settled())
    heard.wait(heard.settled)
    assert server.count("DELETE") == 1


@pytest.mark.parametrize("there", [status(404, "NotFound", "gone"), {"metadata": {"uid": "another"}}])
@pytest.mark.parametrize("code", [404, 409])
def test_what_is_gone_is_gone(server, heard, code, there):
    """A pod that is not there any more, or whose name another bears, is no trouble."""
    server.script("DELETE", f"{PODS}/x", status(code, "", "gone"))
    server.script("GET", f"{PODS}/x", there)
    heard.errands.delete(POD)
    heard.wait(heard.settled)
    assert heard.errands.is_idle(boottime())
    assert list(heard.errands.notes(boottime() + 100, 30.0)) == []


@pytest.mark.parametrize(
    ("answer", "look"),
    [
        (status(409, "Conflict", "the object has been modified"), POD),
        (status(404, "NotFound", 'admission webhook "p.example" denied the request: no'), POD),
        (status(404, "NotFound", "the server could not find the requested resource"), POD),
        (status(404, "NotFound", NOTHING_HERE), status(404, "NotFound", NOTHING_HERE)),
    ],
)
def test_what_is_no_answer_about_this_pod_ends_nothing(server, heard, answer, look):
    """As long as nobody says that this very pod is gone, its deletion is asked for."""
    server.script("DELETE", f"{PODS}/x", answer, answer, {})
    server.script("GET", f"{PODS}/x", look)
    heard.errands.delete(POD)
    heard.wait(heard.settled)
    assert server.count("DELETE") == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (403, "no right"),
        (405, "the server does not allow this method on the requested resource"),
        (400, 'admission webhook "p.example" denied the request: no'),
        (404, 'admission webhook "p.example" denied the request: no'),
    ],
)
def test_a_denial_that_lasts_is_named_and_not_waited_for_for_ever(server, heard, monkeypatch, code, words):
    """Who has no right to delete is told so, and the deletion is tried all the same."""
    monkeypatch.setattr(deletion, "BELIEVED_AFTER", dict.fromkeys(deletion.BELIEVED_AFTER, 0.0))
    server.script("DELETE", f"{PODS}/x", status(code, "", words))
    server.script("GET", f"{PODS}/x", POD)
    heard.errands.delete(POD)
    heard.wait(lambda: server.count("DELETE") >= 3)
    now = boottime()
    assert list(heard.errands.notes(now + 31, 30.0)) == [f"the pod x is not deleted yet: {words} ({code})"]
    assert not heard.errands.is_idle(now)
    assert heard.errands.is_idle(now + 200)


def test_one_pod_that_cannot_be_deleted_holds_up_no_other(server, heard):
    """Deletions that rest take no thread."""
    for name in "abcdefgh":
        server.script("DELETE", f"{PODS}/{name}", status(403, "Forbidden", "no right"))
        heard.errands.delete({"metadata": {"name": name, "uid": name}})
    heard.wait(lambda: server.count("DELETE") >= 16)
    server.script("DELETE", f"{PODS}/x", {})
    heard.errands.delete(POD)
    heard.wait(heard.settled)


def test_all_is_well_once_everything_is_gone(server, heard):
    """There is something to wait for until the pod is gone, but not for ever once the server has agreed."""
    server.script("DELETE", f"{PODS}/x", {})
    now = boottime()
    assert heard.errands.is_idle(now)
    heard.errands.delete(POD)
    assert not heard.errands.is_idle(now + 1)
    heard.wait(lambda: heard.errands.is_idle(now + 200))
    heard.errands.forget("u")
    assert heard.errands.is_idle(now + 1)


def test_an_outage_is_waited_for_however_long(server, heard):
    """As long as the server has not agreed to a deletion there is something left to do."""
    server.script("DELETE", f"{PODS}/x", status(503, "", "busy"))
    heard.errands.delete(POD)
    heard.wait(lambda: server.count("DELETE") >= 3)
    assert not heard.errands.is_idle(boottime() + 100_000)
    server.script("DELETE", f"{PODS}/x", {})
    heard.wait(lambda: heard.errands.is_idle(boottime() + 200))


def test_whoever_leaves_tries_again_first(server, tmp_path):
    """A deletion that got an odd answer is asked for again before the controller goes."""
    server.script("DELETE", f"{PODS}/x", *ODD, {})
    one = Heard(server, tmp_path).errands
    one.delete(POD)
    one.close()
    assert one.deleting["u"].settled_at is not None
    one.delete(POD | {"metadata": {"name": "late", "uid": "late"}})  # nothing is sent after the end
    assert server.count("DELETE") == len(ODD) + 1


def test_events_are_asked_for_now_and_then(server, heard):
    """The reason comes from the pod's events; asking again at once sends nothing."""
    event = {"type": "Warning", "reason": "FailedMount", "message": "no such volume", "count": 1}
    server.script("GET", EVENTS, {"items": [event]})
    heard.errands.read_events("u")
    heard.errands.read_events("u")
    assert heard.found.get(timeout=20) == ("u", "no such volume")
    assert server.count("GET") == 1
    assert "involvedObject.uid%3Du" in server.asked[0].query


def test_events_that_may_not_be_read_say_so(server, heard):
    """Without the right to read events the reason stays unknown, and that is said."""
    server.script("GET", EVENTS, status(403, "Forbidden", "events is forbidden"))
    heard.errands.read_events("u")
    assert "events is forbidden" in heard.found.get(timeout=20)[1]


def test_a_pod_that_does_not_go_away_is_named(server, heard):
    """A deletion that lasts is told with the pod's name, until the pod is gone."""
    server.script("DELETE", f"{PODS}/x", {})
    heard.errands.delete(POD)
    heard.wait(heard.settled)
    now = boottime()
    assert list(heard.errands.notes(now, 30.0)) == []
    assert "the pod x does not go away" in next(heard.errands.notes(now + 31.0, 30.0))
    heard.errands.forget("u")
    assert list(heard.errands.notes(now + 31.0, 30.0)) == []
