"""Errors of the API server: one class for each kind of answer.

The class is chosen here, once, so that callers catch names and do not compare numbers. Only a `Status` object
is an answer of the API. Everything else comes from something between us and the server (a proxy, a load
balancer, a login page), and tells nothing of what the server has done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sweeper.core.digits import whole_number
from sweeper.core.formatting import escape
from sweeper.core.patterns import lazy

_MESSAGE_LENGTH = 500
_TAG = lazy(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>")


class Trouble(Exception):
    """Either of the two below. `retry_after` is for how many seconds the server asked to be left alone."""

    retry_after = 0.0


class Unreachable(Trouble):
    """No answer: nobody knows whether the server has done what it was asked for. `via` names a proxy."""

    via = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (super().__str__(), self.via)))


class TimedOut(Unreachable):
    """Nothing was heard for as long as anybody waits."""


class NotTheApi(Unreachable):
    """Something answered that is not the API server."""


class ApiError(Trouble):
    """The API server's answer, which is not the one that was asked for. Its text is safe to be shown.

    `ApiError(404, …)` is a NotFound: whoever makes one gets the class that status, reason and message mean.
    `passes`: it is a trouble of the moment, after which the same request may go through.
    """

    def __new__(cls, status: int = 0, reason: str = "", message: str = "", *rest: Any) -> ApiError:
        return super().__new__(_class_of(status, reason, message) if cls is ApiError else cls)

    def __init__(
        self, status: int, reason: str, message: str, details: Mapping[str, Any], after: float
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = one_line(reason)
        self.message = one_line(message)
        self.details = details
        self.retry_after = after
        self.passes = status in _PASSING or status >= 500 or isinstance(self, NotReady)

    def __str__(self) -> str:
        return f"{self.message} ({self.status})" if self.message else f"HTTP {self.status} {self.reason}"


class Unauthorized(ApiError):
    """401: the credentials are not accepted, or not any more."""


class Forbidden(ApiError):
    """403: no right to it, no quota for it, or a server that has just started and denies everything."""


class MayNotCreate(Forbidden):
    """We may not create such objects, says a server that may have just started."""


class NotReady(Forbidden):
    """The server has just started, and its admission plugins know nothing yet."""


class QuotaExceeded(Forbidden):
    """No capacity for it in a ResourceQuota now."""


class NotFound(ApiError):
    """404: there is no such object."""


class UnknownResource(NotFound):
    """404: the server knows no such kind of objects, perhaps because it has just started."""


class RequestTimeout(ApiError):
    """408: the server did not get the whole request in time."""


class Conflict(ApiError):
    """409: it has changed meanwhile, or it is another object."""


class AlreadyExists(Conflict):
    """409: an object has this name."""


class Throttled(ApiError):
    """429: too many requests."""


class ServerError(ApiError):
    """5xx: the server is in trouble, and may have done what it was asked for."""


class QuotaNotEvaluated(ServerError):
    """500: it took the server too long to look at the quotas; nothing was done."""


class WebhookRefused(ApiError):
    """With any status: an admission webhook says no, or cannot be asked. Nothing was done."""


class OutOfScope(ApiError):
    """403 or 500: no quota lets the pod's priority class be used, whatever is free."""


_PASSING = (401, 408, 429)
_CLASSES: Mapping[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: RequestTimeout,
    409: Conflict,
    429: Throttled,
}
# The texts of Kubernetes' own admission plugins (plugin/pkg/admission/resourcequota,
# staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota), from 1.19 on. The first that fits counts.
_ERROR_OF_MESSAGE: Sequence[tuple[re.Pattern[str], type[ApiError]]] = (
    (
        lazy(r'admission webhook "[^"]*" denied the request|failed calling (admission )?webhook'),
        WebhookRefused,
    ),
    (lazy("insufficient quota to consume|insufficient quota to match these scopes"), OutOfScope),
    (lazy("exceeded quota|status unknown for quota"), QuotaExceeded),
    (lazy("resource quota evaluation timed out"), QuotaNotEvaluated),
    (lazy("not yet ready to handle request"), NotReady),
    (lazy("cannot create resource"), MayNotCreate),
    (lazy("could not find the requested resource"), UnknownResource),
)


def _class_of(status: int, reason: str, message: str) -> type[ApiError]:
    text = " ".join(message.split())
    found = next((cls for pattern, cls in _ERROR_OF_MESSAGE if pattern.search(text)), None)
    if found:
        return found
    if reason == "AlreadyExists":
        return AlreadyExists
    return _CLASSES.get(status, ServerError if status >= 500 else ApiError)


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """The error for an HTTP answer that is no success."""
    after = float(whole_number(headers.get("Retry-After", "")) or 0)
    found = _status_object(body)
    if found is not None:
        return from_status(found, status, after)
    text = one_line(_TAG.sub(" ", body.decode(errors="replace")))[:_MESSAGE_LENGTH]
    if status == 429 or status == 401:  # a server that is asked too much, and many a proxy, use plain text
        return ApiError(status, "", text, {}, after)
    return not_the_api(status, headers, text, after)


def from_status(found: Mapping[str, Any], status: int = 0, after: float = 0.0) -> ApiError:
    """The error that a `Status` object describes; `status` where it has no code of its own."""
    code, details = found.get("code"), found.get("details")
    return ApiError(
        code if isinstance(code, int) else status,
        str(found.get("reason") or ""),
        str(found.get("message") or ""),
        details if isinstance(details, dict) else {},
        after,
    )


def not_the_api(status: int, headers: Mapping[str, str], text: str, after: float = 0.0) -> NotTheApi:
    """The error for an answer of something else than the API server."""
    target = headers.get("Location", "")
    where = f" to {one_line(target)[:_MESSAGE_LENGTH]}" if target else ""
    message = f"something else than the API server answered (HTTP {status}{where})"
    error = NotTheApi(f"{message}: {text}" if text else message)
    error.retry_after = after
    return error


def one_line(text: str) -> str:
    """A text that is not ours, on one line and without anything that a terminal would obey."""
    return escape(" ".join(text.split()))


def _status_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("kind") == "Status" else None
