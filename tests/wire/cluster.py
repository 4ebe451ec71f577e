"""One namespace as an API server keeps it: objects, what has happened to them, and a quota."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.clusters.kubernetes.scripted import Json, status

GPU = "requests.nvidia.com/gpu"
_OVER = ("Succeeded", "Failed")


class Refused(Exception):
    """What the server answers instead of doing it."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.answer = status(code, reason, message)


class Change(NamedTuple):
    """ADDED, MODIFIED or DELETED, and the object as it was then."""

    kind: str
    event: str
    item: Json


class Cluster:
    """Pods, quotas, leases and events, for any number of threads. Every pod takes one of `gpus`.

    As with the real one a create is charged before its name is looked at, and what was charged for
    nothing stays charged until a pod ends or goes. `doubles` counts such creates. `admit` is a webhook
    that may change a pod which is created.
    """

    def __init__(self, gpus: int = 3) -> None:
        self.doubles = 0
        self._changed = threading.Condition()
        self.admit: Callable[[Json], None] = lambda pod: None
        kinds = ("pods", "resourcequotas", "leases", "events")
        self._objects: dict[str, dict[str, Json]] = {kind: {} for kind in kinds}
        self._history: list[Change] = []  # the version of an object is its place in here, counted from 1
        self._forgotten = 0
        self._gpus = gpus
        self._charged = 0
        self._open = True
        self._recount()

    @property
    def pods(self) -> list[str]:
        """The names of those that there are."""
        return sorted(self._objects["pods"])

    def every(self, kind: str, selector: str = "") -> Json:
        with self._changed:
            items = [item for item in self._objects[kind].values() if _fits(item, selector)]
            return copy.deepcopy({"metadata": {"resourceVersion": str(len(self._history))}, "items": items})

    def find(self, kind: str, name: str) -> Json:
        with self._changed:
            if name not in self._objects[kind]:
                raise Refused(404, "NotFound", f'{kind} "{name}" not found')
            return copy.deepcopy(self._objects[kind][name])

    def create(self, kind: str, body: Json) -> Json:
        with self._changed:
            name = body["metadata"]["name"]
            if kind == "pods":
                self._charge()
            if name in self._objects[kind]:
                self.doubles += kind == "pods"
                raise Refused(409, "AlreadyExists", f'{kind} "{name}" already exists')
            item = copy.deepcopy(body) | ({"status": {"phase": "Pending"}} if kind == "pods" else {})
            if kind == "pods":
                self.admit(item)
            item["metadata"]["uid"] = f"00000000-0000-4000-8000-{len(self._history):012}"
            return self._put(kind, "ADDED", item)

    def replace(self, kind: str, name: str, body: Json) -> Json:
        with self._changed:
            former = self.find(kind, name)["metadata"]
            if former["resourceVersion"] != body["metadata"]["resourceVersion"]:
                raise Refused(409, "Conflict", "the object has been modified")
            return self._put(kind, "MODIFIED", copy.deepcopy(body))

    def delete(self, kind: str, name: str, only: Json) -> Json:
        """A pod that runs is only asked to end; it goes when it has. `only` are the preconditions."""
        with self._changed:
            item = self.find(kind, name)
            for key, value in only.items():
                if item["metadata"][key] != value:
                    raise Refused(409, "Conflict", f"the {key} is {item['metadata'][key]}, not {value}")
            if kind == "pods" and item["status"]["phase"] == "Running":
                item["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
                return self._put(kind, "MODIFIED", item)
            return self._put(kind, "DELETED", item)

    def change(self, uid: str, how: Callable[[Json], None]) -> None:
        """Let a kubelet change its pod, if that is still there."""
        with self._changed:
            found = [pod for pod in self._objects["pods"].values() if pod["metadata"]["uid"] == uid]
            for pod in copy.deepcopy(found):
                how(pod)
                goes = "deletionTimestamp" in pod["metadata"] and pod["status"]["phase"] in _OVER
                self._put("pods", "DELETED" if goes else "MODIFIED", pod)

    def changes(self, kind: str, since: int, seconds: float = 600.0, selector: str = "") -> Iterator[Json]:
        """What a watch from a version on shows; a bookmark ends it."""
        if since < self._forgotten:
            yield {"type": "ERROR", "object": status(410, "Expired", f"{since} is too old a version").body}
            return
        until = time.monotonic() + seconds
        while self._open and time.monotonic() < until:
            news = self._news(since, until)
            since += len(news)
            for one in news:
                if one.kind == kind and _fits(one.item, selector):
                    yield {"type": one.event, "object": one.item}
        yield {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(since)}}}

    def grow(self, gpus: int) -> None:
        """Allow so many from now on."""
        self._gpus = gpus
        self._recount()

    def forget(self) -> None:
        """From now on nobody can watch from an earlier version."""
        self._forgotten = len(self._history)

    def close(self) -> None:
        """All watches end."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _news(self, since: int, until: float) -> list[Change]:
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._history) > since or not self._open, until - time.monotonic()
            )
            return self._history[since:]

    def _put(self, kind: str, event: str, item: Json) -> Json:
        item["metadata"]["resourceVersion"] = str(len(self._history) + 1)
        self._history.append(Change(kind, event, copy.deepcopy(item)))
        self._objects[kind][item["metadata"]["name"]] = item
        if event == "DELETED":
            del self._objects[kind][item["metadata"]["name"]]
        self._changed.notify_all()
        if kind == "pods" and (event == "DELETED" or item["status"]["phase"] in _OVER):
            self._recount()
        return copy.deepcopy(item)

    def _charge(self) -> None:
        if self._charged >= self._gpus:
            used = f"requested: {GPU}=1, used: {GPU}={self._charged}, limited: {GPU}={self._gpus}"
            raise Refused(403, "Forbidden", f"exceeded quota: lab, {used}")
        self._count(self._charged + 1)

    def _recount(self) -> None:
        with self._changed:
            self._count(sum(pod["status"]["phase"] not in _OVER for pod in self._objects["pods"].values()))

    def _count(self, used: int) -> None:
        self._charged, hard = used, {GPU: str(self._gpus)}
        self._put("resourcequotas", "MODIFIED", {
            "metadata": {"name": "lab", "uid": "quota"},
            "spec": {"hard": hard},
            "status": {"hard": hard, "used": {GPU: str(used)}},
        })  # fmt: skip


def _fits(item: Json, selector: str) -> bool:
    labels = item["metadata"].get("labels", {})
    wanted = (one.split("=") for one in selector.split(",") if one)
    return all(labels.get(key) == value for key, value in wanted)
