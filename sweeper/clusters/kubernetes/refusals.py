"""What to do after a create that failed, according to the API server's error. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from sweeper.clusters.kubernetes.api_errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    MayNotCreate,
    NotReady,
    QuotaExceeded,
    QuotaNotEvaluated,
    RequestTimeout,
    ServerError,
    Throttled,
    Unauthorized,
    UnknownResource,
    WebhookRefused,
)
from sweeper.clusters.kubernetes.raw import parts, text
from sweeper.core.formatting import escape
from sweeper.core.patterns import lazy


class Refusal(Enum):
    """What to do after a create that failed."""

    QUOTA = "wait for the quota to change"
    AGAIN = "it was not created; the same request may be repeated"
    DOUBT = "it may have been created: look before anything else"
    EXISTS = "something has this name: look whether it is ours"
    DENIED = "no right to it, or a server that has just started and knows nothing yet: believe it in time"
    WEBHOOK = (
        "a program beside the server says no, or cannot be asked: it may think better of it; not created"
    )
    NEVER = "no such pod will ever be taken"


BELIEVED_AFTER: Mapping[Refusal, float] = {Refusal.DENIED: 30.0, Refusal.WEBHOOK: 600.0}
"""Seconds for which such an answer is not believed: it may change. After that it counts like NEVER."""


def read(error: ApiError) -> Refusal:
    """Return what to do after this error answer of the API server."""
    match error:
        case WebhookRefused():
            return Refusal.WEBHOOK
        case QuotaExceeded():
            return Refusal.QUOTA
        case MayNotCreate() | UnknownResource():
            return Refusal.DENIED
        case AlreadyExists():
            return Refusal.EXISTS
        case NotReady() | QuotaNotEvaluated() | Unauthorized() | RequestTimeout() | Throttled() | Conflict():
            return Refusal.AGAIN
        case ServerError():
            return Refusal.DOUBT
        case _:
            return Refusal.NEVER


def explain(error: ApiError) -> str:
    """Return one line with the server's message and, if it is known, the setting to correct."""
    fields = [escape(text(cause, "field")) for cause in parts(error.details, "causes")]
    where = f" [{', '.join(filter(None, fields))}]" if any(fields) else ""
    message = _CONTEXT.sub("", error.message) or f"HTTP {error.status}"
    return f"the cluster refuses the pod: {message}{where}{_remedy(message)}"


def _remedy(message: str) -> str:
    for part, remedy in _REMEDIES:
        if part in message:
            return f"; {remedy}"
    return ""


# If Go's JSON decoder rejects an object, its message ends with excerpts of the object, which are left out.
_CONTEXT = lazy(r",? error found in #\d+ byte of .*")

_AMOUNTS = "cluster.cpu, cluster.memory, cluster.requests or cluster.limits"
_REMEDIES = (
    ("system:anonymous", "your kubeconfig has no credentials that work"),
    ("cannot be handled as a Pod", "correct cluster.pod_template"),
    ("must specify", f"set {_AMOUNTS}"),
    ("usage per ", f"a LimitRange of the namespace bounds it: correct {_AMOUNTS}"),
    ("limit to request ratio per ", f"a LimitRange of the namespace bounds it: correct {_AMOUNTS}"),
    ("no PriorityClass", "correct cluster.priority_class"),
    ("serviceaccount", "correct cluster.service_account"),
    ("insufficient quota", "correct cluster.priority_class: no quota here lets it be used"),
    ("cannot create resource", "ask whoever runs the cluster for the rights (cvsweep doctor lists them)"),
    ("being terminated", "the namespace is going away: choose another cluster.namespace"),
    ("namespaces", "correct cluster.namespace"),
    ("webhook", "it belongs to the cluster: ask whoever runs it"),
)
