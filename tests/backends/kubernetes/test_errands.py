"""Deletions and questions that nobody waits for."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator

import pytest

from sweeper.backends.kubernetes import errands
from sweeper.backends.kubernetes.errands import Errands
from tests.backends.kubernetes.scripted import status

PODS = "/api/v1/namespaces/lab/pods"
EVENTS = "/api/v1/namespaces/lab/events"
POD = {"metadata": {"name": "x", "uid": "u"}}


class Heard:
    def __init__(self, server, tmp_path) -> None:
        self.told: queue.Queue[str] = queue.Queue()
        self.found: queue.Queue[tuple[str, str]] = queue.Queue()
        self.errands = Errands(server.api(tmp_path), self.told.put, lambda *found: self.found.put(found))


@pytest.fixture
def heard(server, tmp_path) -> Iterator[Heard]:
    heard = Heard(server, tmp_path)
    yield heard
    heard.errands.close()


def wait(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_pod_is_deleted_once(server, heard):
    """A deletion is asked for one time, with the UID of the very pod."""
    server.script("DELETE", f"{PODS}/x", {})
    assert heard.errands.delete(POD)
    assert not heard.errands.delete(POD)
    wait(lambda: server.count("DELETE"))
    assert server.asked[0].body["preconditions"] == {"uid": "u"}


def test_a_deletion_is_repeated_until_it_is_heard(server, heard):
    """An outage does not leave a pod behind."""
    server.script("DELETE", f"{PODS}/x", status(503, "", "busy"), status(403, "", "not yet"), {})
    heard.errands.delete(POD)
    wait(lambda: server.count("DELETE") == 3)
    assert heard.told.empty()


@pytest.mark.parametrize("code", [404, 409])
def test_what_is_gone_is_gone(server, heard, code, monkeypatch):
    """A pod that is not there any more, or whose name another bears, is no trouble; a lasting denial is."""
    monkeypatch.setattr(errands, "DENIED", 0.0)
    server.script("DELETE", f"{PODS}/x", status(code, "", "gone"))
    server.script("DELETE", f"{PODS}/y", status(403, "", "no right"))
    heard.errands.delete(POD)
    heard.errands.delete({"metadata": {"name": "y", "uid": "v"}})
    assert "y cannot be deleted: no right" in heard.told.get(timeout=20)


def test_all_is_well_once_everything_is_gone(server, heard):
    """There is something to wait for until the pod is gone, but not for ever once the server has agreed."""
    server.script("DELETE", f"{PODS}/x", {})
    now = time.monotonic()
    assert heard.errands.is_idle(now)
    heard.errands.delete(POD)
    assert not heard.errands.is_idle(now + 1)
    wait(lambda: heard.errands.is_idle(now + 200))
    heard.errands.forget("u")
    assert heard.errands.is_idle(now + 1)


def test_an_outage_is_waited_for_however_long(server, heard):
    """As long as the server has not agreed to a deletion there is something left to do."""
    server.script("DELETE", f"{PODS}/x", status(503, "", "busy"))
    heard.errands.delete(POD)
    wait(lambda: server.count("DELETE") >= 3)
    assert not heard.errands.is_idle(time.monotonic() + 100_000)
    server.script("DELETE", f"{PODS}/x", {})
    wait(lambda: heard.errands.is_idle(time.monotonic() + 200))


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
    now = time.monotonic()
    assert heard.errands.hanging(now, 30.0) == []
    assert heard.errands.hanging(now + 31.0, 30.0) == ["x"]
    heard.errands.forget("u")
    assert heard.errands.hanging(now + 31.0, 30.0) == []
