"""The door to the API server, against a scripted one."""

from __future__ import annotations

import threading
from email.utils import formatdate
from time import time

import pytest

from sweeper.clusters.kubernetes.api_errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Forbidden,
    MayNotCreate,
    NotFound,
    NotReady,
    NotTheApi,
    OutOfScope,
    QuotaExceeded,
    QuotaNotEvaluated,
    ServerError,
    Throttled,
    Trouble,
    Unauthorized,
    UnknownResource,
    Unreachable,
    WebhookRefused,
)
from sweeper.clusters.kubernetes.server.retries import may_pass, retried
from tests.clusters.kubernetes.scripted import Answer, status

PODS = "/api/v1/namespaces/lab/pods"


def test_an_answer_is_plain_data(server, tmp_path):
    """A request carries the token and its query, and the answer comes back as a dict."""
    server.script("GET", PODS, {"items": [1]})
    found = server.api(tmp_path).get(server.api(tmp_path).pods(), labelSelector="a=b,c")
    assert found == {"kind": "Played", "items": [1]}
    asked = server.asked[0]
    assert (asked.headers["authorization"], asked.query) == ("Bearer secret", "labelSelector=a%3Db%2Cc")


def test_a_refusal_has_the_servers_own_message(server, tmp_path):
    """A Status object becomes an error that says what the server said."""
    server.script("GET", PODS, status(403, "Forbidden", "no such right", causes=[]))
    with pytest.raises(ApiError, match=r"no such right \(403\)") as caught:
        server.api(tmp_path).get(PODS)
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")


def test_a_throttled_answer_is_plain_text(server, tmp_path):
    """A 429 comes without JSON; its Retry-After is kept."""
    server.script("GET", PODS, Answer(429, "Too many requests\n", {"Retry-After": "3"}))
    with pytest.raises(ApiError) as caught:
        server.api(tmp_path).get(PODS)
    assert (caught.value.message, caught.value.retry_after) == ("Too many requests", 3.0)


@pytest.mark.parametrize(
    ("status", "reason", "want"),
    [
        (401, "Unauthorized", Unauthorized),
        (403, "Forbidden", Forbidden),
        (404, "NotFound", NotFound),
        (409, "Conflict", Conflict),
        (409, "AlreadyExists", AlreadyExists),
        (422, "Invalid", ApiError),
        (429, "TooManyRequests", Throttled),
        (500, "InternalError", ServerError),
        (504, "Timeout", ServerError),
    ],
)
def test_each_answer_of_the_api_is_an_error_with_a_name(status, reason, want):
    """The class follows from status and reason, whoever makes the error."""
    assert type(ApiError(status, reason, "", {}, 0.0)) is want


@pytest.mark.parametrize(
    ("status", "message", "want"),
    [
        (404, 'admission webhook "p" denied the request: not\nnow', WebhookRefused),
        (500, 'failed calling webhook "p": connection refused', WebhookRefused),
        (403, "exceeded quota: q", QuotaExceeded),
        (500, "insufficient quota to match these scopes", OutOfScope),
        (500, "resource quota\nevaluation timed out", QuotaNotEvaluated),
        (403, "pods is forbidden: not yet ready to handle request", NotReady),
        (403, 'User "x" cannot create resource "pods"', MayNotCreate),
        (404, "the server could not find the requested resource", UnknownResource),
    ],
)
def test_the_servers_message_says_more_than_its_status(status, message, want):
    """A webhook may use any status, and a quota is no lack of rights."""
    assert type(ApiError(status, "", message, {}, 0.0)) is want


LOGIN = {"Location": "https://login.example/?next=pods"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(302, "<a href='https://login.example/'>Found</a>", LOGIN), r"HTTP 302 to https://login\."),
        (Answer(301, "", LOGIN), "HTTP 301 to"),
        (Answer(404, "404 page not found\n"), "HTTP 404.*: 404 page not found"),
        (Answer(404, {"kind": "Error", "message": "no Route matched"}), "HTTP 404"),
        (Answer(407, "<h1>Proxy Authentication Required</h1>"), "HTTP 407.*: Proxy Authentication Required"),
        (Answer(403, "<html><style>p {}</style>Blocked</html>"), "HTTP 403.*: Blocked"),
        (Answer(409, "conflict"), "HTTP 409"),
        (Answer(400, "400 The plain HTTP request was sent to HTTPS port"), "HTTP 400"),
        (Answer(413, "Request Entity Too Large"), "HTTP 413"),
        (Answer(422, '"text"'), "HTTP 422"),
        (Answer(502, "Bad Gateway"), "HTTP 502.*: Bad Gateway"),
        (Answer(200, "<html>Please log in</html>"), "HTTP 200"),
        (Answer(200, ""), "HTTP 200"),
        (Answer(200, "[]"), "HTTP 200"),
        (Answer(200, '{"login": "required"}'), "HTTP 200"),
        (Answer(502, "a\x1b[2Jb"), r"a\\x1b\[2Jb"),
    ],
)
def test_only_the_api_itself_decides(server, tmp_path, answer, words):
    """What a proxy, a load balancer or a login page says is no answer, whatever its status."""
    server.script("POST", PODS, answer)
    with pytest.raises(NotTheApi, match=words) as caught:
        server.api(tmp_path).post(PODS, {})
    assert may_pass(caught.value)


def test_the_servers_text_cannot_steer_a_terminal(server, tmp_path):
    """Words of the server are one line in which control characters are spelled."""
    server.script("GET", PODS, status(403, "For\x1b[2Jbidden", "no\x1b]0;title\x07\nright\u2028x"))
    with pytest.raises(Forbidden) as caught:
        server.api(tmp_path).get(PODS)
    assert str(caught.value) == r"no\x1b]0;title\x07 right x (403)"
    assert caught.value.reason == r"For\x1b[2Jbidden"


def test_a_status_that_makes_no_sense_is_still_an_answer(server, tmp_path):
    """Fields of a wrong type are read as if they were missing."""
    server.script("GET", PODS, Answer(403, {"kind": "Status", "code": "x", "reason": 7, "details": []}))
    with pytest.raises(Forbidden) as caught:
        server.api(tmp_path).get(PODS)
    assert (caught.value.status, caught.value.details) == (403, {})


def test_nothing_is_repeated_behind_our_back(server, tmp_path):
    """One call is one request, whatever the answer: who may repeat it is for the caller to say."""
    server.script("GET", PODS, Answer(503, "", {"Retry-After": "1"}))
    with pytest.raises(Trouble):
        server.api(tmp_path).get(PODS)
    assert server.count("GET") == 1


@pytest.mark.parametrize(
    "answer",
    [Answer(body="{", cut=True), Answer(body='{"items": ['), Answer(body="[]"), Answer(body="<html>")],
)
def test_half_an_answer_is_none(server, tmp_path, answer):
    """Where the answer is cut off or is no object, nobody knows what the server has done."""
    server.script("POST", PODS, answer)
    with pytest.raises(Unreachable):
        server.api(tmp_path).post(PODS, {})


def test_no_server_is_no_answer(server, tmp_path):
    """A refused connection is told as such."""
    api = server.api(tmp_path)
    server.close()
    with pytest.raises(Unreachable, match="refused"):
        api.get(PODS)
    server.__init__()


def test_expired_credentials_are_read_again_once(server, tmp_path):
    """After a 401 the kubeconfig is read again; a second 401 is the answer."""
    api = server.api(tmp_path)
    server.kubeconfig(tmp_path, {"token": "fresh"})
    server.script("GET", PODS, status(401, "Unauthorized", "Unauthorized"), {"items": []})
    assert api.get(PODS)["items"] == []
    assert [one.headers["authorization"] for one in server.asked] == ["Bearer secret", "Bearer fresh"]
    server.script("GET", PODS, status(401, "Unauthorized", "Unauthorized"))
    with pytest.raises(ApiError):
        api.get(PODS)


def test_a_deletion_names_the_very_pod(server, tmp_path):
    """Another pod that bears the name by now stays."""
    server.script("DELETE", f"{PODS}/x", {})
    server.api(tmp_path).delete(f"{PODS}/x", "the-uid")
    body = server.asked[0].body
    assert body["preconditions"] == {"uid": "the-uid"}
    assert "gracePeriodSeconds" not in body  # nothing is ever forced


def test_clocks_are_compared(server, tmp_path):
    """The server's Date tells how far it is ahead of this machine."""
    server.script("GET", PODS, Answer(headers={"Date": formatdate(time() + 100, usegmt=True)}))
    api = server.api(tmp_path)
    api.get(PODS)
    assert 97 < api.server_ahead < 103


def test_a_watch_yields_whole_lines(server, tmp_path):
    """Events come one by one; what was cut off at the end is left to the next watch."""
    lines = '{"type":"ADDED","object":{"a":1}}\n{"type":"DELETED","object":{"a":2}}\n{"type":"ADD'
    server.script("GET", PODS, Answer(body=lines))
    events = list(server.api(tmp_path).watch(PODS, 7, resourceVersion="5"))
    assert [event["type"] for event in events] == ["ADDED", "DELETED"]
    assert "timeoutSeconds=7" in server.asked[0].query


def test_a_watch_error_is_an_error(server, tmp_path):
    """A version that is too old comes as an event of a successful answer."""
    line = '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n'
    server.script("GET", PODS, Answer(body=line))
    with pytest.raises(ApiError, match="too old") as caught:
        list(server.api(tmp_path).watch(PODS, 7))
    assert caught.value.status == 410


@pytest.mark.parametrize("line", ["nonsense\n", "[]\n", '{"type":"ADDED"}\n', "7\n"])
def test_a_line_that_is_no_event_ends_the_watch(server, tmp_path, line):
    """A proxy's words in the middle of a watch are not taken for an event."""
    server.script("GET", PODS, Answer(body=line))
    with pytest.raises(Unreachable, match="no event"):
        list(server.api(tmp_path).watch(PODS, 7))


def test_troubles_of_the_moment_pass(server, tmp_path):
    """A call is repeated until it goes through, and what went wrong is told meanwhile."""
    messages = []
    server.script("GET", PODS, status(503, "", "busy"), Answer(cut=True), {"items": []})
    api = server.api(tmp_path)
    assert retried(lambda: api.get(PODS), seconds=30.0, report=messages.append)["items"] == []
    assert len(messages) == 2
    assert "busy" in messages[0]


def test_a_refusal_is_not_repeated(server, tmp_path):
    """What would be answered alike is asked once."""
    server.script("GET", PODS, status(403, "Forbidden", "no"))
    api = server.api(tmp_path)
    with pytest.raises(ApiError):
        retried(lambda: api.get(PODS), seconds=30.0)
    assert server.count("GET") == 1


def test_a_caller_can_call_off_its_retries(server, tmp_path):
    """Whoever waits for a server that never answers can be called off."""
    server.script("GET", PODS, status(503, "", "busy"))
    api, over = server.api(tmp_path), threading.Event()
    threading.Timer(0.3, over.set).start()
    with pytest.raises(ApiError):
        retried(lambda: api.get(PODS), seconds=None, giving_up=over)


@pytest.mark.parametrize(
    ("error", "want"),
    [
        (Unreachable(), True),
        (ApiError(500, "", "", {}, 0), True),
        (ApiError(429, "", "", {}, 0), True),
        (ApiError(401, "", "", {}, 0), True),
        (ApiError(403, "", "", {}, 0), False),
        (ApiError(404, "", "", {}, 0), False),
        (ApiError(409, "", "", {}, 0), False),
        (ValueError(), False),
    ],
)
def test_what_may_pass(error, want):
    """Outages and throttling pass; refusals stay."""
    assert may_pass(error) is want


def test_requests_are_logged_in_one_line_without_what_they_carry(server, tmp_path, caplog):
    """What changes something and what is refused stands out; no token, no query, no body is in it."""
    server.script("GET", PODS, {"items": [1]}, status(403, "Forbidden", "no such right", causes=[]))
    server.script("POST", PODS, {"metadata": {"name": "p"}})
    api = server.api(tmp_path)
    with caplog.at_level("DEBUG", "sweeper"):
        api.get(PODS, labelSelector="a=b")
        api.post(PODS, {"spec": {"env": "s3cret"}})
        with pytest.raises(ApiError):
            api.get(PODS)
    lines = [(one.levelname, one.getMessage().rpartition(" in ")[0]) for one in caplog.records]
    assert lines == [
        ("DEBUG", f"GET {PODS}: 200"),
        ("INFO", f"POST {PODS}: 200"),
        ("INFO", f"GET {PODS}: 403"),
    ]
