"""Creating one pod, whatever the server answers."""

from __future__ import annotations

import copy
import threading

import pytest

from sweeper.backoff import Backoff
from sweeper.clusters.kubernetes import create as creating
from sweeper.clusters.kubernetes import refusals
from sweeper.clusters.kubernetes.clock import SystemClock
from sweeper.clusters.kubernetes.create import Creation
from sweeper.clusters.kubernetes.events import Created, Full, Refused
from sweeper.clusters.kubernetes.pods.identity import REQUEST, Requests, SweepLabel
from sweeper.clusters.kubernetes.pods.manifest import pod
from sweeper.clusters.kubernetes.server import retries
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.scripted import Answer, Server, status

PODS = "/api/v1/namespaces/lab/pods"
SETTINGS = KubernetesSettings(user="ada", uid=1, gid=1, namespace="lab", image="i")
MANIFEST = pod(SETTINGS, SweepLabel("abcd1234", "s"), Attempt(3, 2), "/s/shim.sh", "/s/t")
NAME = f"{PODS}/{MANIFEST['metadata']['name']}"
REQUESTS = Requests()
MADE = REQUESTS.marked(copy.deepcopy(MANIFEST))
MADE["metadata"]["uid"] = "u-1"
BUSY = status(503, "ServiceUnavailable", "shutting down")
EXISTS = status(409, "AlreadyExists", "already exists")
NO_FOR_NOW = status(400, "", 'admission webhook "p.example" denied the request: not now')
DENIED = status(403, "Forbidden", 'pods is forbidden: User "ada" cannot create resource "pods"')


def marked(mark: str):
    """A pod with our name and labels and another mark; empty: none."""
    found = copy.deepcopy(MADE)
    found["metadata"]["annotations"][REQUEST] = mark
    return found


def copied():
    """The pod of our last attempt, under the name and the labels of this one."""
    former = pod(SETTINGS, SweepLabel("abcd1234", "s"), Attempt(3, 1), "/s/shim.sh", "/s/t")
    return marked(REQUESTS.marked(former)["metadata"]["annotations"][REQUEST])


def pod_of_another():
    """A pod that happens to have this name."""
    return {"metadata": {"name": MANIFEST["metadata"]["name"], "uid": "x"}, "spec": {}}


class Stepping(SystemClock):
    """A clock that goes on by 20 s at each retry."""

    now = 0.0

    def awake(self) -> float:
        return self.now

    def step(self, message: str) -> None:
        self.now += 20.0


def run(server: Server, tmp_path, message=lambda words: None):
    return Creation(server.api(tmp_path), MANIFEST, message, REQUESTS).run()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """The name is looked up often here; no doubt passes before its test is done."""
    monkeypatch.setattr(retries, "REST", Backoff(0.02, 30.0, chance=1.0))
    monkeypatch.setattr(creating, "LATE", 600.0)
    monkeypatch.setattr(creating, "_LOOK_EVERY", 0.1)


def test_a_pod_is_created(server, tmp_path):
    """One request, and the pod as the server returned it."""
    server.script("POST", PODS, MADE)
    assert run(server, tmp_path) == Created(MADE)
    assert [(one.method, one.path) for one in server.asked] == [("POST", PODS)]


@pytest.mark.parametrize(
    "doubt",
    [
        BUSY,
        Answer(cut=True),
        status(504, "", "timeout"),
        Answer(502, "bad gateway"),
        Answer(302, "", {"Location": "https://login.example"}),
        Answer(404, "404 page not found"),
        Answer(407, "<h1>Proxy Authentication Required</h1>"),
        Answer(403, "<h1>Blocked</h1>"),
        Answer(200, "<h1>Please log in</h1>"),
        Answer(200, {"login": "required"}),
        Answer(200, {"kind": "Pod", "metadata": None}),
    ],
)
def test_after_a_doubt_the_name_is_looked_up_first(server, tmp_path, doubt):
    """A create that may have gone through is not sent again: the pod is found by its name."""
    server.script("POST", PODS, doubt)
    server.script("GET", NAME, MADE)
    assert run(server, tmp_path) == Created(MADE)
    assert (server.count("POST"), server.count("GET")) == (1, 1)


def test_what_is_not_there_is_asked_for_again(server, tmp_path):
    """After a doubt and a 404 the same name is asked for once more."""
    server.script("POST", PODS, BUSY, MADE)
    assert run(server, tmp_path) == Created(MADE)
    assert [one.method for one in server.asked] == ["POST", "GET", "POST"]


def test_while_nobody_answers_nothing_is_sent(server, tmp_path):
    """As long as the name cannot be looked up, no second create is sent."""
    server.script("POST", PODS, BUSY)
    server.script("GET", NAME, BUSY, BUSY, BUSY, MADE)
    assert run(server, tmp_path) == Created(MADE)
    assert (server.count("POST"), server.count("GET")) == (1, 4)


def test_our_own_pod_is_taken_over(server, tmp_path):
    """The name exists, and the pod has the mark of a request of ours."""
    server.script("POST", PODS, EXISTS)
    server.script("GET", NAME, MADE)
    assert run(server, tmp_path) == Created(MADE)


@pytest.mark.parametrize("theirs", [copied(), marked(""), Requests().marked(MADE), pod_of_another()])
def test_anybody_elses_pod_is_left_alone(server, tmp_path, theirs):
    """The name is taken, whatever its labels say: this attempt is refused, others may go on."""
    server.script("POST", PODS, EXISTS)
    server.script("GET", NAME, theirs)
    result = run(server, tmp_path)
    words = f"a pod that this sweep did not make is called {MANIFEST['metadata']['name']}"
    assert result == Refused(words, for_good=False, taken=True)
    assert result.late == 0.0
    assert server.count("DELETE") == 0


def test_a_name_that_is_taken_after_a_doubt_may_be_ours_later(server, tmp_path):
    """The create in doubt may still be carried out, once the other pod is gone."""
    server.script("POST", PODS, BUSY)
    server.script("GET", NAME, marked(""))
    result = run(server, tmp_path)
    assert isinstance(result, Refused)
    assert result.late > 0.0


def test_every_request_has_a_mark_of_its_own(server, tmp_path):
    """A pod that was made late is told apart from the one that the next request made."""
    server.script("POST", PODS, BUSY, MADE)
    run(server, tmp_path)
    sent = [one.body["metadata"]["annotations"][REQUEST] for one in server.asked if one.method == "POST"]
    assert len(set(sent)) == 2
    assert REQUEST not in MANIFEST["metadata"]["annotations"]


def test_a_name_that_is_being_freed_is_waited_for(server, tmp_path):
    """A former pod of this name that is still terminating is no reason to give up."""
    going = copy.deepcopy(MADE)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    server.script("POST", PODS, EXISTS, EXISTS, MADE)
    server.script("GET", NAME, going)
    assert run(server, tmp_path) == Created(MADE)


def test_a_full_quota_is_reported_at_once(server, tmp_path):
    """No capacity is an answer, not a trouble to be repeated."""
    server.script(
        "POST", PODS, status(403, "Forbidden", "exceeded quota: q, requested: a, used: b, limited: c")
    )
    assert isinstance(run(server, tmp_path), Full)
    assert server.count("POST") == 1


def test_what_can_never_be_is_refused_for_good(server, tmp_path):
    """The server's words come with it."""
    server.script("POST", PODS, status(422, "Invalid", "spec.containers[0].image: Required value"))
    result = run(server, tmp_path)
    assert result == Refused("the cluster refuses the pod: spec.containers[0].image: Required value", True)


@pytest.mark.parametrize("answer", [DENIED, NO_FOR_NOW])
def test_a_denial_that_lasts_is_believed(server, tmp_path, monkeypatch, answer):
    """Who has no right to create pods is told so in the end."""
    monkeypatch.setattr(refusals, "BELIEVED_AFTER", dict.fromkeys(refusals.Refusal, 0.1))
    server.script("POST", PODS, answer)
    result = run(server, tmp_path)
    assert isinstance(result, Refused)
    assert result.for_good
    assert server.count("POST") > 1


def test_the_denials_of_two_restarts_of_the_server_are_not_one_that_lasts(server, tmp_path):
    """A server that has just started denies everything for a moment, each time anew."""
    clock = Stepping()
    server.script("POST", PODS, DENIED, BUSY, DENIED, MADE)
    server.script("GET", NAME, status(404, "NotFound", "pods not found", kind="pods"))
    creation = Creation(server.api(tmp_path), MANIFEST, clock.step, REQUESTS, clock=clock)
    creation.leave.set()  # a refusal would not wait for a late pod
    result = creation.run()
    assert isinstance(result, Created)
    assert clock.now > refusals.BELIEVED_AFTER[refusals.Refusal.DENIED]


def test_a_webhook_has_more_time_than_the_server(server, tmp_path):
    """A policy that says no for now, or that is being restarted, is asked again for minutes."""
    assert (
        refusals.BELIEVED_AFTER[refusals.Refusal.WEBHOOK] > refusals.BELIEVED_AFTER[refusals.Refusal.DENIED]
    )


def test_a_fault_of_our_own_is_a_doubt(server, tmp_path):
    """Something that nobody foresaw may have happened after the pod was created: it is looked up."""
    server.script("POST", PODS, MADE)
    server.script("GET", NAME, MADE)
    api = server.api(tmp_path)
    post, faults = api.post, [KeyError("metadata"), None]

    def falter(*args):
        made, fault = post(*args), faults.pop(0)
        if fault:
            raise fault
        return made

    api.post = falter
    assert Creation(api, MANIFEST, lambda words: None, REQUESTS).run() == Created(MADE)
    assert (server.count("POST"), server.count("GET")) == (1, 1)


def test_a_fault_that_comes_again_and_again_is_raised(server, tmp_path):
    """What fails every time is not tried for ever."""
    api = server.api(tmp_path)

    def falter(*args):
        raise KeyError("metadata")

    api.post = falter
    with pytest.raises(KeyError):
        Creation(api, MANIFEST, lambda words: None).run()


@pytest.mark.parametrize(
    "answer",
    [
        status(429, "", "slow down"),
        status(500, "InternalError", "resource quota evaluation timed out"),
        status(409, "Conflict", "resourcequotas: the object has been modified"),
        status(401, "Unauthorized", "Unauthorized"),
        status(403, "Forbidden", "pods is forbidden: not yet ready to handle request"),
        DENIED,
        NO_FOR_NOW,
        status(500, "InternalError", 'failed calling webhook "p": Post "https://p": connection refused'),
        status(404, "NotFound", "the server could not find the requested resource"),
        Answer(401, "login required"),
        Answer(429, "Too many requests"),
    ],
)
def test_what_was_not_created_is_simply_repeated(server, tmp_path, answer):
    """Throttled, in conflict, without credentials or denied by a server that starts: it is sent again."""
    messages = []
    server.script("POST", PODS, answer, answer, MADE)
    assert run(server, tmp_path, messages.append) == Created(MADE)
    assert messages
    assert server.count("GET") == 0


def test_what_is_not_wanted_any_more_is_not_sent(server, tmp_path):
    """Given up before the first request: nothing is asked for."""
    creation = Creation(server.api(tmp_path), MANIFEST, lambda words: None, REQUESTS)
    creation.give_up.set()
    assert creation.run() == Refused("it was not needed any more")
    assert server.asked == []


def test_nothing_is_sent_until_the_sweep_is_known_to_be_ours(server, tmp_path):
    """It may be another's since this machine fell asleep: whoever waits says why, and asks again."""
    messages, answers = [], iter([False, False, True])
    server.script("POST", PODS, MADE)
    creation = Creation(server.api(tmp_path), MANIFEST, messages.append, REQUESTS, lambda: next(answers))
    assert creation.run() == Created(MADE)
    assert messages == ["a pod is not created yet: it is not known whether the sweep is still ours"] * 2


def test_a_late_pod_is_found_after_giving_up(server, tmp_path):
    """Given up in doubt: the name is looked up for as long as the server may still create it."""
    creation = Creation(server.api(tmp_path), MANIFEST, lambda words: creation.give_up.set(), REQUESTS)
    server.script("POST", PODS, BUSY)
    server.script("GET", NAME, status(404, "NotFound", "no"), BUSY, MADE)
    assert creation.run() == Created(MADE)


def test_after_the_longest_time_nothing_can_come(server, tmp_path, monkeypatch):
    """Given up in doubt, and it never turned up: it never will."""
    monkeypatch.setattr(creating, "LATE", 0.5)
    creation = Creation(server.api(tmp_path), MANIFEST, lambda words: creation.give_up.set(), REQUESTS)
    server.script("POST", PODS, BUSY)
    assert creation.run() == Refused("it was not needed any more")
    assert server.count("POST") == 1


def test_nobody_waits_for_a_controller_that_leaves(server, tmp_path):
    """A controller that leaves in doubt leaves at once: the next one finds what came of it."""
    creation = Creation(server.api(tmp_path), MANIFEST, lambda words: creation.give_up.set(), REQUESTS)
    server.script("POST", PODS, BUSY)
    threading.Timer(0.3, creation.leave.set).start()
    assert creation.run() == Refused("it was not needed any more")


def test_a_quota_that_our_own_late_pod_fills(server, tmp_path):
    """In doubt, a full quota is no answer: what fills it may be the very pod that was asked for."""
    full = status(403, "Forbidden", "exceeded quota: q, requested: a, used: b, limited: c")
    server.script("POST", PODS, BUSY, full)
    server.script("GET", NAME, status(404, "NotFound", "no"), status(404, "NotFound", "no"), MADE)
    assert run(server, tmp_path) == Created(MADE)


def test_a_refusal_after_a_doubt_waits_for_the_late_pod(server, tmp_path):
    """What would never be taken again may have been taken a moment before."""
    server.script("POST", PODS, BUSY, status(422, "Invalid", "no more"))
    server.script("GET", NAME, status(404, "NotFound", "no"), status(404, "NotFound", "no"), MADE)
    assert run(server, tmp_path) == Created(MADE)


def test_what_a_watch_has_shown_is_not_asked_for_again(server, tmp_path):
    """A pod that was seen, and perhaps has ended since, is created: nothing more is sent."""
    server.script("POST", PODS, BUSY)
    creation = Creation(
        server.api(tmp_path), MANIFEST, lambda words: setattr(creation, "shown", MADE), REQUESTS
    )
    assert creation.run() == Created(MADE)
    assert server.count("POST") == 1
