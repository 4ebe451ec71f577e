"""The API server over HTTPS, with plain dicts as requests and answers, and our own error classes.

One call is one request. It is repeated only after a 401, with renewed credentials; all other retries are
the caller's decision (see retries.py).
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
"""Timeouts in seconds. The server's own limit is 60: after 30 without an answer the caller has to check."""

OVERDUE = 10.0
"""A watch is given up if no byte was received for the length of the watch and so many seconds more."""

QUIET = 60.0
"""Seconds without a byte after which a followed log is requested again: the connection may be dead."""

RENEW_EVERY = 5.0
"""Minimum seconds between two attempts to read refused credentials again."""

_MESSAGE_LENGTH = 500

_ROUTINE = ("GET", "PUT")
"""Methods of frequent requests (reads, and renewals of the lease), whose success is logged as DEBUG only."""

_OWN_KEYS = {"kind", "gitVersion"}
"""Keys of which every answer of the API has one: objects have `kind`, `/version` has `gitVersion`."""


class Api:
    """The API of one cluster. Methods may be called from any thread; the creator must call `close`.

    Attributes:
        access: the address and the credentials.
        sent: the number of requests sent, by method (WATCH for watches).
        server_ahead: seconds by which the server's clock is ahead of ours, as last measured.
    """

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
        """Return the path of the namespace's pods, or of the named pod."""
        return self.path("pods", name)

    def path(self, resource: str, name: str = "") -> str:
        """Return the path of a core resource of the namespace, or of the named object."""
        return f"/api/v1/namespaces/{self.namespace}/{resource}{f'/{name}' if name else ''}"

    def get(self, path: str, **query: str | int) -> Json:
        return self.request("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any], **query: str | int) -> Json:
        return self.request("POST", path, body, query)

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        return self.request("PUT", path, body)

    def delete(self, path: str, uid: str, version: str = "") -> Json:
        """Delete the object with this UID, and return the answer.

        Raises:
            Conflict: another object has the name now; with `version`, also if the object's resourceVersion
                is not `version` any more.
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
        """Send a request and return its answer; after a 401 once more, if the credentials may have changed.

        Raises:
            ApiError: the server's answer is not a success.
            Unreachable: there is no usable answer: the request may have taken effect or not.
        """
        began = time.monotonic()
        with self._named():
            try:
                return self._once(method, path, body, query)
            except Unauthorized:
                if not self._renew(began):
                    raise
            return self._once(method, path, body, query)

    def watch(self, path: str, seconds: int, **query: str | int) -> Iterator[Json]:
        """Yield the events of a watch as they are received, for at most `seconds`."""
        query |= {"watch": 1, "timeoutSeconds": seconds, "allowWatchBookmarks": "true"}
        with self._stream(path, query, read=seconds + OVERDUE, verb="WATCH") as response:
            yield from map(_event, _lines(response))

    def text(self, path: str, **query: str | int) -> Iterator[bytes]:
        """Yield the pieces of an answer that is not JSON, such as a log; TimedOut after `QUIET` seconds."""
        with self._stream(path, query, read=QUIET) as response:
            yield from response.stream(1 << 16, decode_content=True)

    @contextmanager
    def _stream(
        self, path: str, query: Mapping[str, str | int], *, read: float, verb: str = ""
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Open an answer that is received in pieces; TimedOut if none is received for `read` seconds."""
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
        """Name the proxy in errors without an answer, since it may be the cause."""
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
        # Frequent requests would fill the log: those that succeed appear only at DEBUG level.
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
        """Read the credentials again after a 401, at most every `RENEW_EVERY` seconds and in one thread.

        Returns:
            True if this or another thread has read them since `began`, so that the request may be repeated.
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
                return  # not a valid date: a proxy may have written it


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for piece in response.stream(None, decode_content=True):
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(None, whole)
    # A rest without a line end was cut off: the next watch, or LIST, repeats it.


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
    """List all pods of the namespace, whoever created them."""
    return tuple(api.get(api.pods()).get("items") or ())
