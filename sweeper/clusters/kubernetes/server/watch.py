"""Lists and watches one Kubernetes resource kind, and lists again every ten minutes and after errors.

The watch only reports: it passes every change to `send` in the order received, and fold.py decides what
the changes mean. Folding allows for lost, repeated and reordered changes.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from sweeper.backoff import Backoff
from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes.api_errors import Forbidden
from sweeper.clusters.kubernetes.events import ItemChanged, Listed, Report, Silent
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.retries import may_pass

SECONDS = 60
"""Seconds that one watch request lasts. A dead connection is detected so long after its last byte.

To this come the random seconds of SPREAD, and OVERDUE (api.py).
"""

SPREAD = 10
"""Exclusive maximum of the random seconds added to SECONDS, so that controllers do not watch in step."""

SHORT = 1.0
"""A watch that ends within so many seconds, without an event, has failed."""

_REST, _REFUSED_REST = Backoff(0.2, 15.0, chance=0.5), Backoff(0.2, 60.0, chance=0.5)
"""The backoffs after a temporary error, and after a refusal."""

LIST_EVERY = 600.0
"""Seconds after which to LIST again in any case, so that missed changes are found."""


class Watch(threading.Thread):
    """Watches the objects of one path. `selector` is a label selector."""

    def __init__(self, api: Api, kind: str, send: Callable[[Report], None], selector: str = "") -> None:
        super().__init__(name=f"watch-{kind}", daemon=True)
        self._api, self._kind, self._send = api, kind, send
        self._path, self._selector = api.path(kind), selector
        self._query: dict[str, str | int] = {"labelSelector": selector} if selector else {}
        self._closing = threading.Event()
        self._listed_at = float("-inf")
        self._version = ""
        self._failures = 0
        self._last_message = ""

    def list(self) -> None:
        """LIST once, in the caller's thread, and send the result."""
        began = boottime()
        found = self._api.get(self._path, **self._query)
        self._version = found["metadata"]["resourceVersion"]
        self._listed_at = began
        self._send(Listed(self._kind, tuple(found.get("items") or ()), began))

    def close(self) -> None:
        """Make the thread end at the next event or timeout; do not wait for it."""
        self._closing.set()

    def successor(self) -> Watch:
        """Close this watch, whose connection may be dead; return a new, unstarted one that LISTs first."""
        self.close()
        found = type(self)(self._api, self._kind, self._send, self._selector)
        found._last_message = self._last_message
        return found

    def run(self) -> None:
        while not self._closing.is_set():
            try:
                self._look()
            except (ApiError, Unreachable) as error:
                self._rest(error)
            except Exception as error:  # noqa: BLE001  # if the thread ended, nothing would be reported again
                self._rest(Unreachable(f"{type(error).__name__}: {error}"))

    def _look(self) -> None:
        if not self._version or boottime() - self._listed_at > LIST_EVERY:
            self.list()
            self._report_silence("")
        seconds, began, heard = SECONDS + random.randrange(SPREAD), time.monotonic(), False
        for event in self._api.watch(self._path, seconds, resourceVersion=self._version, **self._query):
            if self._closing.is_set():
                return
            self._failures, heard = 0, True
            self._version = event["object"]["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                self._send(ItemChanged(self._kind, event["type"], event["object"]))
        if not heard and time.monotonic() - began < SHORT:
            raise Unreachable("a watch ended at once")
        self._failures = 0

    def _rest(self, error: ApiError | Unreachable) -> None:
        self._failures += 1
        if isinstance(error, ApiError) or self._failures > 1:
            self._version = ""  # too old (410), or too much may have been missed: LIST again
        if self._failures > 1:
            self._report_silence(str(error), is_denied=isinstance(error, Forbidden))
        self._closing.wait(self._pause(error))

    def _pause(self, error: ApiError | Unreachable) -> float:
        wait = error.retry_after
        if self._failures == 1:
            return wait
        return max(wait, (_REST if may_pass(error) else _REFUSED_REST).rest(self._failures))

    def _report_silence(self, message: str, *, is_denied: bool = False) -> None:
        if message != self._last_message and not self._closing.is_set():
            self._last_message = message
            self._send(Silent(self._kind, message, is_denied))
