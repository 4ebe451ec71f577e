"""What the server's answers to a create mean."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.api_errors import ApiError
from sweeper.clusters.kubernetes.refusals import Answer, explain, read

FULL = (
    'pods "lis-1" is forbidden: exceeded quota: lab-quota, requested: requests.nvidia.com/gpu=1,'
    " used: requests.nvidia.com/gpu=8, limited: requests.nvidia.com/gpu=8"
)

DENIED_BY_WEBHOOK = 'admission webhook "policy.example.com" denied the request: not at this hour'
CALLED = 'webhook "policy.example.com": Post "https://policy.svc:443/": dial tcp: connection refused'


@pytest.mark.parametrize(
    ("status", "reason", "message", "want"),
    [
        (403, "Forbidden", FULL, Answer.QUOTA),
        (403, "Forbidden", "status unknown for quota: lab-quota", Answer.QUOTA),
        (403, "Forbidden", "failed quota: q: must specify limits.cpu", Answer.NEVER),
        (403, "Forbidden", "insufficient quota to consume: requests.nvidia.com/gpu", Answer.NEVER),
        (500, "InternalError", "insufficient quota to match these scopes: [PriorityClass]", Answer.NEVER),
        (403, "Forbidden", 'pods is forbidden: User "x" cannot create resource "pods"', Answer.DENIED),
        (403, "Forbidden", 'pods "x" is forbidden: not yet ready to handle request', Answer.AGAIN),
        (403, "Forbidden", "maximum cpu usage per Container is 2, but limit is 4", Answer.NEVER),
        (409, "AlreadyExists", 'pods "lis-1" already exists', Answer.EXISTS),
        (409, "AlreadyExists", 'object is being deleted: pods "lis-1" already exists', Answer.EXISTS),
        (409, "Conflict", 'Operation cannot be fulfilled on resourcequotas "lab-quota"', Answer.AGAIN),
        (500, "InternalError", "Internal error occurred: resource quota evaluation timed out", Answer.AGAIN),
        (422, "Invalid", "Pod is invalid: spec.containers[0].image: Required value", Answer.NEVER),
        (400, "BadRequest", "cannot unmarshal string into Go value", Answer.NEVER),
        (404, "NotFound", 'namespaces "nowhere" not found', Answer.NEVER),
        (413, "RequestEntityTooLarge", "too large", Answer.NEVER),
        (429, "", "Too many requests, please try again later.", Answer.AGAIN),
        (401, "Unauthorized", "Unauthorized", Answer.AGAIN),
        (500, "ServerTimeout", "etcdserver: request timed out", Answer.DOUBT),
        (502, "", "Bad Gateway", Answer.DOUBT),
        (503, "ServiceUnavailable", "apiserver is shutting down", Answer.DOUBT),
        (504, "Timeout", "request did not complete within requested timeout", Answer.DOUBT),
        (404, "NotFound", "the server could not find the requested resource", Answer.DENIED),
        *((code, "", DENIED_BY_WEBHOOK, Answer.WEBHOOK) for code in (400, 403, 404, 409, 422, 429, 500)),
        (403, "Forbidden", f"{DENIED_BY_WEBHOOK}: exceeded quota: team", Answer.WEBHOOK),
        (500, "InternalError", f"Internal error occurred: failed calling {CALLED}", Answer.WEBHOOK),
        (500, "InternalError", f"Internal error occurred: failed calling admission {CALLED}", Answer.WEBHOOK),
    ],
)
def test_every_known_answer_has_its_meaning(status, reason, message, want):
    """An answer is read as the faults that a cluster is known to produce want it."""
    assert read(ApiError(status, reason, message, {}, 0.0)) is want


@pytest.mark.parametrize(
    ("message", "details", "want"),
    [
        ("failed quota: q: must specify limits.cpu", {}, "set cluster.cpu"),
        ("Pod is invalid", {"causes": [{"field": "spec.containers[0].image"}]}, "[spec.containers[0].image]"),
        ("two\nlines", {}, "two lines"),
        ("", {}, "HTTP 403"),
        ('namespaces "nowhere" not found', {}, "correct cluster.namespace"),
        (DENIED_BY_WEBHOOK, {}, "ask whoever runs it"),
        ("Pod is invalid", {"causes": [{"field": "spec\x1b[2J"}, "x", {"field": None}]}, r"[spec\x1b[2J]"),
        ("Pod is invalid", {"causes": "x"}, "Pod is invalid"),
        ("maximum cpu usage per Container is 1, but request is 2", {}, "correct cluster.cpu"),
        ("[maximum memory usage per Pod is 1Gi, but limit is 2]", {}, "correct cluster.cpu, cluster.memory"),
        ("minimum cpu usage per Container is 1.  No request is specified", {}, "correct cluster.cpu"),
        ("memory max limit to request ratio per Container is 2, but provided ratio is 4", {}, "LimitRange"),
    ],
)
def test_a_refusal_is_one_line_with_the_servers_words(message, details, want):
    """The server's own words, the field that it names and the setting to look at are all in one line."""
    said = explain(ApiError(403, "", message, details, 0.0))
    assert want in said
    assert "\n" not in said
    assert said.startswith("the cluster refuses the pod: ")
