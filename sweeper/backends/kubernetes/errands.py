"""What the server is asked for on the side, in threads that nobody waits for: deletions and events."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sweeper.backends.kubernetes.pods.waiting import UNREADABLE, last_words
from sweeper.backends.kubernetes.raw import Json
from sweeper.backends.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.backends.kubernetes.server.patience import DENIED, patiently

_EVENTS_EVERY = 30.0
_LONG = 120.0
_LEAVING = 5.0


class Errands:
    """Used by the engine's thread; `told` and `found` are called in others.

    `deleting` maps the UIDs of pods whose deletion was asked for to when (monotonic).
    """

    def __init__(self, api: Api, told: Callable[[str], None], found: Callable[[str, str], None]) -> None:
        self.deleting: dict[str, float] = {}
        self._api, self._told, self._found = api, told, found
        self._asked_at: dict[str, float] = {}
        self._answered_at: dict[str, float] = {}
        self._names: dict[str, str] = {}
        self._gone: set[str] = set()
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(4, "errands")

    def delete(self, pod: Json) -> bool:
        """Have this very pod deleted, politely; False where that was asked for already."""
        uid = pod["metadata"]["uid"]
        if uid in self.deleting:
            return False
        self.deleting[uid] = time.monotonic()
        self._names[uid] = pod["metadata"]["name"]
        self._threads.submit(self._delete, pod["metadata"]["name"], uid)
        return True

    def read_events(self, uid: str) -> None:
        """Look for the events that say why a pod does not start, now and then."""
        now = time.monotonic()
        if now - self._asked_at.get(uid, float("-inf")) >= _EVENTS_EVERY:
            self._asked_at[uid] = now
            self._threads.submit(self._read, uid)

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        self.deleting.pop(uid, None)
        self._asked_at.pop(uid, None)
        self._answered_at.pop(uid, None)
        self._names.pop(uid, None)
        self._gone.discard(uid)

    def hanging(self, now: float, after: float) -> list[str]:
        """The names of pods whose deletion was asked for more than `after` seconds ago."""
        return sorted(self._names[uid] for uid, since in self._awaited() if now - since > after)

    def is_idle(self, now: float) -> bool:
        """Is every pod gone that was to go?

        What hangs for minutes after the server has answered is not waited for: nothing is forced.
        """
        return all(now - self._answered_at.get(uid, now) > _LONG for uid, _ in self._awaited())

    def close(self) -> None:
        """See to the deletions that were asked for, for some seconds at most: an outage may last longer."""
        ending = threading.Thread(target=self._threads.shutdown, name="errands-end", daemon=True)
        ending.start()
        ending.join(_LEAVING)  # one that has been sent may wait for its answer for longer
        self._closing.set()

    def _awaited(self) -> list[tuple[str, float]]:
        return [(uid, since) for uid, since in self.deleting.items() if uid not in self._gone]

    def _delete(self, name: str, uid: str) -> None:
        path = self._api.pods(name)
        if self._closing.is_set():
            return
        try:
            patiently(
                lambda: self._api.delete(path, uid), seconds=None, giving_up=self._closing, denied=DENIED
            )
        except (ApiError, Unreachable) as error:
            if isinstance(error, ApiError) and error.status in (404, 409):
                # Not there any more, or another pod bears the name: a watch may have told so long ago.
                self._gone.add(uid)
            else:
                self._told(f"the pod {name} cannot be deleted: {error}")
        self._answered_at[uid] = time.monotonic()

    def _read(self, uid: str) -> None:
        try:
            answer = self._api.get(self._api.path("events"), fieldSelector=f"involvedObject.uid={uid}")
        except (ApiError, Unreachable) as error:
            self._found(uid, f"{UNREADABLE}: {error}")
            return
        self._found(uid, last_words(answer.get("items") or ()))
