"""Errors of the API server: one class for each kind of answer.

The class is chosen here, once, so that callers catch names and do not compare numbers. Only a `Status` object
is an error answer of the API. Any other answer comes from something between us and the server (a proxy, a
load balancer, a login page), and does not show what the server has done.
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
    """Base class of Unreachable and ApiError. `retry_after`: seconds to wait, as the server requested."""

    retry_after = 0.0


class Unreachable(Trouble):
    """No usable answer: the request may have taken effect or not. `via` names the proxy, if one is used."""

    via = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (super().__str__(), self.via)))


class TimedOut(Unreachable):
    """The server did not answer within the timeout."""


class NotTheApi(Unreachable):
    """Something answered that is not the API server."""


class ApiError(Trouble):
    """An error answer of the API server. Its text is safe to show on a terminal.

    The constructor returns the subclass for status, reason and message: `ApiError(404, …)` is a NotFound.
    `passes`: the error is temporary, so the same request may succeed later.
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
    """401: the server does not accept the credentials, or not any more."""


class Forbidden(ApiError):
    """403: permission or quota is lacking, or the server has just started and denies everything."""


class MayNotCreate(Forbidden):
    """403: we may not create such objects; a server that has just started says that, too."""


class NotReady(Forbidden):
    """403: the server has just started, and its admission plugins have no data yet."""


class QuotaExceeded(Forbidden):
    """403: a ResourceQuota has no capacity for the object now."""


class NotFound(ApiError):
    """404: there is no such object."""


class UnknownResource(NotFound):
    """404: the server does not know this kind of object, perhaps because it has just started."""


class RequestTimeout(ApiError):
    """408: the server did not get the whole request in time."""


class Conflict(ApiError):
    """409: the object has changed meanwhile, or another object has its name."""


class AlreadyExists(Conflict):
    """409: an object has this name."""


class Throttled(ApiError):
    """429: too many requests."""


class ServerError(ApiError):
    """5xx: the server has failed, and the request may have taken effect or not."""


class QuotaNotEvaluated(ServerError):
    """500: the server could not evaluate the quotas in time; the request had no effect."""


class WebhookRefused(ApiError):
    """Any status: an admission webhook refuses or cannot be reached; the request had no effect."""


class OutOfScope(ApiError):
    """403 or 500: no quota allows the pod's priority class, however much capacity is free."""


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
    """Return the error for an HTTP answer that is not a success."""
    after = float(whole_number(headers.get("Retry-After", "")) or 0)
    found = _status_object(body)
    if found is not None:
        return from_status(found, status, after)
    text = one_line(_TAG.sub(" ", body.decode(errors="replace")))[:_MESSAGE_LENGTH]
    if status == 429 or status == 401:  # overloaded servers, and many proxies, answer with plain text
        return ApiError(status, "", text, {}, after)
    return not_the_api(status, headers, text, after)


def from_status(found: Mapping[str, Any], status: int = 0, after: float = 0.0) -> ApiError:
    """Return the error that a `Status` object describes; `status` is used if the object has no code."""
    code, details = found.get("code"), found.get("details")
    return ApiError(
        code if isinstance(code, int) else status,
        str(found.get("reason") or ""),
        str(found.get("message") or ""),
        details if isinstance(details, dict) else {},
        after,
    )


def not_the_api(status: int, headers: Mapping[str, str], text: str, after: float = 0.0) -> NotTheApi:
    """Return the error for an answer that does not come from the API server."""
    target = headers.get("Location", "")
    where = f" to {one_line(target)[:_MESSAGE_LENGTH]}" if target else ""
    message = f"something else than the API server answered (HTTP {status}{where})"
    error = NotTheApi(f"{message}: {text}" if text else message)
    error.retry_after = after
    return error


def one_line(text: str) -> str:
    """Return a foreign text on one line, with terminal control characters escaped."""
    return escape(" ".join(text.split()))


def _status_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("kind") == "Status" else None
