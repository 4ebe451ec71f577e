"""What the server's answers to a create mean."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.api_errors import ApiError
from sweeper.clusters.kubernetes.refusals import Refusal, explain, read

FULL = (
    'pods "lis-1" is forbidden: exceeded quota: lab-quota, requested: requests.nvidia.com/gpu=1,'
    " used: requests.nvidia.com/gpu=8, limited: requests.nvidia.com/gpu=8"
)

DENIED_BY_WEBHOOK = 'admission webhook "policy.example.com" denied the request: not at this hour'
CALLED = 'webhook "policy.example.com": Post "https://policy.svc:443/": dial tcp: connection refused'


@pytest.mark.parametrize(
    ("status", "reason", "message", "want"),
    [
        (403, "Forbidden", FULL, Refusal.QUOTA),
        (403, "Forbidden", "status unknown for quota: lab-quota", Refusal.QUOTA),
        (403, "Forbidden", "failed quota: q: must specify limits.cpu", Refusal.NEVER),
        (403, "Forbidden", "insufficient quota to consume: requests.nvidia.com/gpu", Refusal.NEVER),
        (
            500,
            "InternalError",
            "insufficient quota to match these scopes: [PriorityClass]",
            Refusal.NEVER,
        ),
        (403, "Forbidden", 'pods is forbidden: User "x" cannot create resource "pods"', Refusal.DENIED),
        (403, "Forbidden", 'pods "x" is forbidden: not yet ready to handle request', Refusal.AGAIN),
        (403, "Forbidden", "maximum cpu usage per Container is 2, but limit is 4", Refusal.NEVER),
        (409, "AlreadyExists", 'pods "lis-1" already exists', Refusal.EXISTS),
        (409, "AlreadyExists", 'object is being deleted: pods "lis-1" already exists', Refusal.EXISTS),
        (409, "Conflict", 'Operation cannot be fulfilled on resourcequotas "lab-quota"', Refusal.AGAIN),
        (
            500,
            "InternalError",
            "Internal error occurred: resource quota evaluation timed out",
            Refusal.AGAIN,
        ),
        (422, "Invalid", "Pod is invalid: spec.containers[0].image: Required value", Refusal.NEVER),
        (400, "BadRequest", "cannot unmarshal string into Go value", Refusal.NEVER),
        (404, "NotFound", 'namespaces "nowhere" not found', Refusal.NEVER),
        (413, "RequestEntityTooLarge", "too large", Refusal.NEVER),
        (429, "", "Too many requests, please try again later.", Refusal.AGAIN),
        (401, "Unauthorized", "Unauthorized", Refusal.AGAIN),
        (500, "ServerTimeout", "etcdserver: request timed out", Refusal.DOUBT),
        (502, "", "Bad Gateway", Refusal.DOUBT),
        (503, "ServiceUnavailable", "apiserver is shutting down", Refusal.DOUBT),
        (504, "Timeout", "request did not complete within requested timeout", Refusal.DOUBT),
        (404, "NotFound", "the server could not find the requested resource", Refusal.DENIED),
        *((code, "", DENIED_BY_WEBHOOK, Refusal.WEBHOOK) for code in (400, 403, 404, 409, 422, 429, 500)),
        (403, "Forbidden", f"{DENIED_BY_WEBHOOK}: exceeded quota: team", Refusal.WEBHOOK),
        (500, "InternalError", f"Internal error occurred: failed calling {CALLED}", Refusal.WEBHOOK),
        (
            500,
            "InternalError",
            f"Internal error occurred: failed calling admission {CALLED}",
            Refusal.WEBHOOK,
        ),
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
def test_a_refusal_is_one_line_with_the_servers_message(message, details, want):
    """The server's own words, the field that it names and the setting to look at are all in one line."""
    shown = explain(ApiError(403, "", message, details, 0.0))
    assert want in shown
    assert "\n" not in shown
    assert shown.startswith("the cluster refuses the pod: ")
