"""What the server is asked for on the side, in threads that nobody waits for: deletions and events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

from sweeper.clusters.clock import boottime
from sweeper.clusters.kubernetes.api_errors import Conflict, NotFound, Trouble, UnknownResource
from sweeper.clusters.kubernetes.deletion import Deletion, believed_after
from sweeper.clusters.kubernetes.pods.waiting import UNREADABLE, last_words
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.server.patience import rest_after
from sweeper.clusters.kubernetes.server.workers import Workers

_EVENTS_EVERY = 30.0
_LEAVING = 5.0


class Errands:
    """Used by the engine's thread; `found` is called in others. `deleting` are deletions by UID."""

    def __init__(self, api: Api, found: Callable[[str, str], None]) -> None:
        self.deleting: dict[str, Deletion] = {}
        self._api, self._found = api, found
        self._asked_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._answered, self._closing = threading.Event(), threading.Event()
        self._workers = Workers(4, "errands")

    def delete(self, pod: Json) -> bool:
        """Have this very pod deleted, politely; False where that was asked for already."""
        uid, now = pod["metadata"]["uid"], boottime()
        if uid in self.deleting:
            return False
        self.deleting[uid] = Deletion(pod["metadata"]["name"], now, due=now)
        self.send(now)
        return True

    def send(self, now: float) -> None:
        """Ask for the deletions that are due: the new ones, and those that did not work."""
        for uid, one in list(self.deleting.items()):
            if one.is_due(now):
                self.deleting[uid] = one.asked()
                self._workers.submit(partial(self._delete, uid, one.name))

    def read_events(self, uid: str) -> None:
        """Look for the events that say why a pod does not start, now and then."""
        now = boottime()
        if now - self._asked_at.get(uid, float("-inf")) >= _EVENTS_EVERY:
            self._asked_at[uid] = now
            self._workers.submit(partial(self._read, uid))

    def stood_still(self, seconds: float) -> None:
        """For so long the machine slept, and nothing was asked for."""
        for uid in list(self.deleting):
            self._become(uid, lambda one: one.stood_still(seconds))

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        with self._lock:
            self.deleting.pop(uid, None)
        self._asked_at.pop(uid, None)

    def notes(self, now: float, after: float) -> Iterator[str]:
        """Lines on pods that should have gone more than `after` seconds ago."""
        found = (one.note(now, after) for one in list(self.deleting.values()))
        yield from sorted(filter(None, found))

    def is_idle(self, now: float) -> bool:
        """Is every pod gone that was to go, or not worth waiting for?"""
        return not any(one.is_waited_for(now) for one in list(self.deleting.values()))

    def close(self) -> None:
        """See to the deletions that were asked for, for some seconds at most: an outage may last longer."""
        until = boottime() + _LEAVING
        while self._is_asking():
            self._answered.clear()
            now = boottime()
            if now >= until:
                break
            self.send(now)
            due = [one.due for one in list(self.deleting.values()) if one.due is not None]
            self._answered.wait(min([until, *due]) - now if self._is_asking() else 0.0)
        self._closing.set()
        self._workers.close()

    def _is_asking(self) -> bool:
        return any(one.settled_at is None for one in list(self.deleting.values()))

    def _delete(self, uid: str, name: str) -> None:
        if self._closing.is_set():
            return
        try:
            self._ask(uid, name)
        except Exception as error:  # noqa: BLE001  # whatever went wrong, a pod that is to go is not left behind
            self._failed(uid, error)
        finally:
            self._answered.set()

    def _ask(self, uid: str, name: str) -> None:
        try:
            self._api.delete(self._api.pods(name), uid)
        except (NotFound, Conflict) as error:
            is_told = isinstance(error, NotFound) and not isinstance(error, UnknownResource)
            if not is_told and self._is_there(uid, name):
                raise  # it is not for its UID that the server said no
            self._become(uid, lambda one: one.agreed(boottime(), is_gone=True))
        else:
            self._become(uid, lambda one: one.agreed(boottime()))

    def _is_there(self, uid: str, name: str) -> bool:
        """Does this very pod still bear the name?"""
        try:
            found = self._api.get(self._api.pods(name))
        except UnknownResource:
            raise  # a server that starts has no pods
        except NotFound:
            return False
        return bool(found["metadata"]["uid"] == uid)

    def _failed(self, uid: str, error: Exception) -> None:
        words = str(error) if isinstance(error, Trouble) else f"{type(error).__name__}: {error}"
        now, believed = boottime(), believed_after(error)

        def fail(one: Deletion) -> Deletion:
            return one.failed(now, rest_after(one.tries, error), words, believed_after=believed)

        self._become(uid, fail)

    def _become(self, uid: str, how: Callable[[Deletion], Deletion]) -> None:
        with self._lock:
            if uid in self.deleting:  # else a watch has shown that it is gone
                self.deleting[uid] = how(self.deleting[uid])

    def _read(self, uid: str) -> None:
        try:
            answer = self._api.get(self._api.path("events"), fieldSelector=f"involvedObject.uid={uid}")
            words = last_words(answer.get("items") or ())
        except Exception as error:  # noqa: BLE001  # an answer that nobody foresaw must not end the thread
            words = f"{UNREADABLE}: {error}"
        self._found(uid, words)
