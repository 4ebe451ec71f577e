"""Actions that are carried out in threads: every one is answered, and nobody who leaves waits for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from sweeper.clusters.kubernetes import executor as module
from sweeper.clusters.kubernetes.actions import Create, Delete, GiveUp, ReadEvents, ShowPod
from sweeper.clusters.kubernetes.clock import SystemClock
from sweeper.clusters.kubernetes.events import Answered, BackendEvent, Created, Delayed, Full, Refused, Result
from sweeper.clusters.kubernetes.executor import Executor
from sweeper.clusters.kubernetes.pods.identity import Requests
from sweeper.clusters.kubernetes.server.inbox import Inbox
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.scripted import status

ONE, TWO = Attempt(0, 1), Attempt(1, 1)
PODS = "/api/v1/namespaces/lab/pods"


class Making:
    """A creation that waits until it is let go, or the test is over."""

    made: ClassVar[list[Making]] = []

    def __init__(self, api, pod, message, requests, may_send, clock) -> None:
        self.give_up, self.leave, self.go = threading.Event(), threading.Event(), threading.Event()
        self.result: Result | BaseException = Full("no")
        self.shown, self.report, self.may_send = None, message, may_send
        self.made.append(self)

    def run(self) -> Result:
        self.go.wait()
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result

    def end(self, result: Result | BaseException) -> None:
        self.result = result
        self.go.set()


class Doing:
    """An executor, and what it has put into the inbox."""

    def __init__(self, api) -> None:
        self.inbox: Inbox[BackendEvent] = Inbox()
        self.executor = Executor(api, "abcd", Requests(), self.inbox, SystemClock())

    def ask(self, attempt: Attempt = ONE) -> Making:
        self.executor.do(Create(attempt, {}))
        return Making.made[-1]

    def hear(self, until: Callable[[], object] = lambda: True) -> list[BackendEvent]:
        """What comes next."""
        deadline = time.monotonic() + 20
        found: list[BackendEvent] = []
        while not found:
            assert time.monotonic() < deadline
            self.inbox.wait(1.0, for_all=True)
            found = self.inbox.take()
        return found


@pytest.fixture
def doing(server, tmp_path, monkeypatch) -> Iterator[Doing]:
    doing = Doing(server.api(tmp_path))
    yield doing
    doing.executor.leave()
    doing.executor.close()


@pytest.fixture
def made(monkeypatch) -> Iterator[None]:
    """Creations are under control of the test."""
    monkeypatch.setattr(module, "Creation", Making)
    yield
    while Making.made:
        Making.made.pop().go.set()


def test_every_answer_is_heard(made, doing):
    """In the order in which they come."""
    first, second = doing.ask(ONE), doing.ask(TWO)
    second.end(Full("no"))
    assert doing.hear() == [Answered(TWO, Full("no"))]
    first.end(Created({}))
    assert doing.hear() == [Answered(ONE, Created({}))]


def test_an_error_of_ours_is_heard(made, doing):
    """Whatever goes wrong in the thread comes back as an answer, never as silence."""
    doing.ask().end(ValueError("a mistake"))
    wanted = Refused("creating a pod failed: ValueError: a mistake", for_good=True)
    assert doing.hear() == [Answered(ONE, wanted)]


def test_what_is_under_way_is_told_to_give_up(made, doing):
    """Its answer still comes; another attempt is left alone."""
    making, other = doing.ask(ONE), doing.ask(TWO)
    doing.executor.do(GiveUp(ONE))
    assert (making.give_up.is_set(), other.give_up.is_set()) == (True, False)
    making.end(Refused("not needed"))
    assert doing.hear() == [Answered(ONE, Refused("not needed"))]


def test_what_a_watch_has_shown_is_reported(made, doing):
    """And what takes longer is heard."""
    making = doing.ask()
    doing.executor.do(ShowPod(ONE, {"metadata": {"uid": "u"}}))
    assert making.shown == {"metadata": {"uid": "u"}}
    making.report("a pod is not created yet: busy")
    assert doing.hear() == [Delayed(ONE, "a pod is not created yet: busy")]


def test_what_has_been_answered_can_be_told_nothing_more(made, doing):
    """The answer may not have been taken in when something is decided about it."""
    doing.ask().end(Created({}))
    doing.hear()
    doing.executor.do(GiveUp(ONE))
    doing.executor.do(ShowPod(ONE, {}))


def test_nothing_is_sent_until_the_sweep_is_known_to_be_ours(made, doing):
    """For some seconds after the engine has found out; a machine that slept since must not send."""
    making = doing.ask()
    now = SystemClock().boot()
    assert not making.may_send()
    doing.executor.confirm(now)
    assert making.may_send()
    doing.executor.confirm(now - module.CONFIRMED - 1.0)
    assert not making.may_send()


def test_leaving_waits_for_nothing(made, doing):
    """A controller that leaves tells the request under way, and does not wait for it."""
    making = doing.ask()
    doing.executor.leave()
    assert making.leave.is_set()
    assert making.give_up.is_set()
    making.end(Refused("left"))
    assert doing.hear() == [Answered(ONE, Refused("left"))]


def test_one_pod_that_cannot_be_deleted_holds_up_no_other(server, doing):
    """Deletions that rest take no thread."""
    for name in "abcdefgh":
        server.script("DELETE", f"{PODS}/{name}", status(403, "Forbidden", "no right"))
        doing.executor.do(Delete(name, name))
    server.script("DELETE", f"{PODS}/x", {})
    doing.executor.do(Delete("u", "x"))
    heard: list[BackendEvent] = []
    while len(heard) < 9:
        heard += doing.hear()
    assert server.count("DELETE") == 9


def test_what_a_deletion_comes_to_wakes_nobody(server, doing):
    """A watch shows soon enough that a pod is gone; for what else is asked the engine takes a turn."""
    server.script("DELETE", f"{PODS}/x", {})
    doing.executor.do(Delete("u", "x"))
    doing.inbox.wait(20.0, for_all=True)
    began = time.monotonic()
    doing.inbox.wait(0.1)
    assert time.monotonic() - began >= 0.09
    doing.inbox.take()
    doing.executor.do(ReadEvents("u"))
    began = time.monotonic()
    doing.inbox.wait(20.0)
    assert time.monotonic() - began < 10.0


def test_nothing_is_sent_after_the_end(server, doing):
    """Whoever controls the sweep by then decides."""
    doing.executor.close()
    doing.executor.do(Delete("late", "late"))
    assert server.count("DELETE") == 0
