"""The API server over HTTPS: plain dicts in, plain dicts out, and errors of our own.

One call is one request: nothing is repeated here but what the credentials' renewal asks for. Who
may repeat what is the caller's decision (see retries.py).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, ProxyError, ReadTimeoutError

from sweeper.clusters.kubernetes.api_errors import (
    ApiError,
    TimedOut,
    Unauthorized,
    Unreachable,
    from_status,
    not_the_api,
    one_line,
    refusal,
)
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.access import Access
from sweeper.clusters.kubernetes.server.sockets import close_half_made
from sweeper.clusters.kubernetes.server.tls import explain
from sweeper.core.errors import BackendError
from sweeper.logging_setup import logger

__all__ = ["CONNECT", "OVERDUE", "READ", "RENEW_EVERY", "Api", "ApiError", "Unreachable"]

_log = logger(__name__)

CONNECT = 5.0
READ = 30.0
"""Seconds. The server gives up on a request after 60; who hears nothing for 30 asks what became of it."""

OVERDUE = 10.0
"""Seconds after its end that a watch from which nothing more comes is given up."""

QUIET = 60.0
"""Seconds without a byte after which a log that is followed is asked for again: its line may be dead."""

RENEW_EVERY = 5.0
"""Seconds that pass at least before credentials that were refused are read again."""

_MESSAGE_LENGTH = 500

_ROUTINE = ("GET", "PUT")
"""Looks, and renewals of the lease."""

_OWN_KEYS = {"kind", "gitVersion"}
"""Every object of the API has a kind; what `/version` tells has none."""


class Api:
    """One cluster. Every method may be called from any thread; whoever makes one closes it."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.sent: Counter[str] = Counter()
        self.server_ahead = 0.0
        self._renewing = threading.Lock()
        self._renewed_at = float("-inf")
        self._closed = False

    def close(self) -> None:
        """Close the connections and send no further request: each one raises Unreachable.

        A request that another thread is waiting for ends on its own and then closes its connection.
        """
        self._closed = True
        self.access.close()

    @property
    def namespace(self) -> str:
        return self.access.identity.namespace

    def pods(self, name: str = "") -> str:
        """The path of the namespace's pods, or of one."""
        return self.path("pods", name)

    def path(self, resource: str, name: str = "") -> str:
        """The path of a core resource of the namespace, or of one object."""
        return f"/api/v1/namespaces/{self.namespace}/{resource}{f'/{name}' if name else ''}"

    def get(self, path: str, **query: str | int) -> Json:
        return self.request("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any], **query: str | int) -> Json:
        return self.request("POST", path, body, query)

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        return self.request("PUT", path, body)

    def delete(self, path: str, uid: str, version: str = "") -> Json:
        """Delete the object with this very UID; ApiError 409 where another one bears its name by now.

        With `version` (its resourceVersion) also if it was changed since.
        """
        only = {"uid": uid, **({"resourceVersion": version} if version else {})}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": only}
        return self.request("DELETE", path, options)

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Json:
        """One request and its answer; ApiError or Unreachable."""
        began = time.monotonic()
        with self._named():
            try:
                return self._once(method, path, body, query)
            except Unauthorized:
                if not self._renew(began):
                    raise
            return self._once(method, path, body, query)

    def watch(self, path: str, seconds: int, **query: str | int) -> Iterator[Json]:
        """The events of a watch, as they come, for `seconds` at most."""
        query |= {"watch": 1, "timeoutSeconds": seconds, "allowWatchBookmarks": "true"}
        with self._stream(path, query, read=seconds + OVERDUE, verb="WATCH") as response:
            yield from map(_event, _lines(response))

    def text(self, path: str, **query: str | int) -> Iterator[bytes]:
        """An answer that is not JSON, piece by piece: a pod's log. TimedOut after `QUIET` silent seconds."""
        with self._stream(path, query, read=QUIET) as response:
            yield from response.stream(1 << 16, decode_content=True)

    @contextmanager
    def _stream(
        self, path: str, query: Mapping[str, str | int], *, read: float, verb: str = ""
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """An answer that comes in pieces; TimedOut where none comes for `read` seconds."""
        with self._named():
            response = self._send("GET", path, None, query, read=read, preload=False, verb=verb)
            try:
                if response.status != 200:
                    raise refusal(response.status, response.headers, response.read(decode_content=True))
                yield response
            except (HTTPError, OSError) as error:
                raise _unheard(error) from error
            finally:
                response.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Where nothing was heard, a proxy on the way may be why: it is named."""
        try:
            yield
        except Unreachable as error:
            error.via = self.access.via
            raise

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str | int] | None
    ) -> Json:
        began = time.time()
        response = self._send(method, path, body, query, read=READ)
        self._compare_clocks(response.headers.get("Date"), (began + time.time()) / 2)
        if response.status >= 300:
            raise refusal(response.status, response.headers, response.data)
        try:
            found = json.loads(response.data)
        except ValueError as error:
            if response.data[:1] == b"{":
                raise Unreachable(f"an answer that is not whole: {error}") from error
            raise not_the_api(response.status, response.headers, "") from error
        if not isinstance(found, dict) or not _OWN_KEYS & found.keys():
            raise not_the_api(response.status, response.headers, "")
        return found

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str | int] | None,
        *,
        read: float,
        preload: bool = True,
        verb: str = "",
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json, */*", **self._proof()}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        url = f"{self.access.host}{path}{'?' + urlencode(query) if query else ''}"
        if self._closed:
            raise Unreachable("the connection to the cluster was closed")
        self.sent[verb or method] += 1
        began = time.monotonic()
        try:
            response = self.access.pool.request(
                method,
                url,
                body=data,
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT, read=read),
                preload_content=preload,
                retries=False,
                redirect=False,
            )
        except (HTTPError, OSError) as error:
            close_half_made(error)
            unheard = _unheard(error)
            _log.info("%s %s: no answer: %s", verb or method, path, unheard)
            raise unheard from error
        # What is asked again and again is left to whoever looks closely.
        level = logging.DEBUG if method in _ROUTINE and response.status < 300 else logging.INFO
        if _log.isEnabledFor(level):
            took = time.monotonic() - began
            _log.log(level, "%s %s: %d in %.2f s", verb or method, path, response.status, took)
        return response

    def _proof(self) -> dict[str, str]:
        try:
            return {name: value.strip() for name, value in self.access.headers().items()}
        except BackendError as error:  # a plugin that fails now may work a minute later
            raise Unreachable(str(error)) from error

    def _renew(self, began: float) -> bool:
        """Read the credentials again after a 401, one thread for all, and not over and over.

        True where there may be others than when the request began, whoever has read them.
        """
        with self._renewing:
            if self._renewed_at >= began:
                return True
            if time.monotonic() - self._renewed_at < RENEW_EVERY:
                return False
            self._renewed_at = time.monotonic()
            try:
                self.access.renew()
            except BackendError:
                return False  # the 401 stands, and is what is reported
            return True

    def _compare_clocks(self, date: str | None, here: float) -> None:
        if date:
            try:
                # The stamp has whole seconds: half of one is the best guess for the rest.
                self.server_ahead = parsedate_to_datetime(date).timestamp() + 0.5 - here
            except ValueError:
                return  # a proxy's own idea of a date tells nothing


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for piece in response.stream(None, decode_content=True):
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(None, whole)
    # What has no line end was cut off: the next watch, or LIST, brings it again.


def _event(line: bytes) -> Json:
    try:
        event = json.loads(line)
        kind, found = event["type"], event["object"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreachable(f"a watch line that is no event: {line[:80]!r}") from error
    if kind == "ERROR":
        raise from_status(found)
    return {"type": kind, "object": found}


def _unheard(error: Exception) -> Unreachable:
    kind = TimedOut if isinstance(error, ReadTimeoutError) else Unreachable
    return kind(_error_message(error))


def _error_message(error: BaseException) -> str:
    if isinstance(error, ProxyError):
        error = error.original_error
    text = one_line(str(error))
    if meaning := explain(text):
        return meaning
    return (text.rsplit(": ", 1)[-1] if isinstance(error, HTTPError) else text)[:_MESSAGE_LENGTH] or type(
        error
    ).__name__


def all_pods(api: Api) -> tuple[Json, ...]:
    """The namespace's pods, whoever made them, as they are now."""
    return tuple(api.get(api.pods()).get("items") or ())
