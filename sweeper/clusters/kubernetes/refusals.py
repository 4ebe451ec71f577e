"""What the server's answer to a create means: pure, from its status, reason and words.

The texts are those of Kubernetes' own admission plugins (plugin/pkg/admission/resourcequota,
staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota), from 1.19 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from sweeper.clusters.kubernetes.raw import parts, text
from sweeper.core.patterns import lazy
from sweeper.core.words import escape

NOT_READY = "not yet ready to handle request"
"""What the admission plugins of a server that has just started say, with 403."""

PASSING = (401, 408, 429)
"""Statuses of troubles that pass: credentials that are renewed, a server that is asked too much."""

_WEBHOOK = lazy(r'admission webhook "[^"]*" denied the request|failed calling (admission )?webhook')
_NOT_NOW = ("resource quota evaluation timed out", NOT_READY)
_NEVER_SCOPED = ("insufficient quota to consume", "insufficient quota to match these scopes")


class Answer(Enum):
    """What to do about a create that was not granted."""

    QUOTA = "wait for the quota to change"
    AGAIN = "it was not created; the same request may be repeated"
    DOUBT = "it may have been created: look before anything else"
    EXISTS = "something has this name: look whether it is ours"
    DENIED = "no right to it, or a server that has just started and knows nothing yet: believe it in time"
    WEBHOOK = (
        "a program beside the server says no, or cannot be asked: it may think better of it; not created"
    )
    NEVER = "no such pod will ever be taken"


BELIEVED_AFTER: Mapping[Answer, float] = {Answer.DENIED: 30.0, Answer.WEBHOOK: 600.0}
"""Seconds for which the same answer has to come again and again before it counts as "never"."""


def read(status: int, reason: str, message: str) -> Answer:
    """The meaning of an answer of the API server that is no success."""
    if _WEBHOOK.search(message):
        return Answer.WEBHOOK  # with any status: that is the webhook's own choice
    if any(words in message for words in _NEVER_SCOPED):
        return Answer.NEVER  # one of them comes as a 500
    if "exceeded quota" in message or "status unknown for quota" in message:
        return Answer.QUOTA
    if any(words in message for words in _NOT_NOW) or status in PASSING:
        return Answer.AGAIN
    if "cannot create resource" in message or "could not find the requested resource" in message:
        return Answer.DENIED
    if status == 409:
        return Answer.EXISTS if reason == "AlreadyExists" else Answer.AGAIN
    return Answer.DOUBT if status >= 500 else Answer.NEVER


def explain(status: int, message: str, details: Mapping[str, Any]) -> str:
    """One line, in the server's own words, with the setting to look at where that is known."""
    fields = [escape(text(cause, "field")) for cause in parts(details, "causes")]
    where = f" [{', '.join(filter(None, fields))}]" if any(fields) else ""
    words = _CONTEXT.sub("", " ".join(message.split())) or f"HTTP {status}"
    return f"the cluster refuses the pod: {words}{where}{_remedy(words)}"


def _remedy(words: str) -> str:
    for said, remedy in _REMEDIES:
        if said in words:
            return f"; {remedy}"
    return ""


# What a server of Go says of JSON that it cannot read goes on with pieces of it.
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
