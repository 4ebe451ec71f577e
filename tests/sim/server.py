"""The played API server: objects, versions, watches, and a quota that admits in the real order.

Validation, then the quota, then the name: a create of a name that exists is charged all the same,
until the quota's controller counts again. What it counts from may be seconds old.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sweeper.clusters.kubernetes.server.api import ApiError
from tests.sim.hub import START, Hub

Json = dict[str, Any]
GPU = "nvidia.com/gpu"
USED = f"requests.{GPU}"
SLEEP = ["sleep", "infinity"]
RECOUNT_EVERY = 300.0
KEPT = 300
"""So many changes are remembered for watches that begin late; an older version is answered with 410."""


@dataclass
class Stream:
    """One watch: what it has still to be told. `dead` lines bring nothing any more and do not say so."""

    kind: str
    matches: Callable[[Json], bool]
    send: Callable[[Json], None]
    dead: bool = False

    def die(self) -> None:
        """Whoever reads it is not there any more, and will not hear of it."""
        self.dead = True


@dataclass
class Server:
    """`lag` is from how long ago the quota's controller counts; `counts_after` how long it takes to.

    `admit` is a webhook that may change a pod which is created. `deletions` are the UIDs of the pods of
    which somebody asked that they be deleted.
    """

    hub: Hub
    hard: int = 4
    lag: float = 0.0
    counts_after: float = 0.05
    objects: dict[tuple[str, str], Json] = field(default_factory=dict)
    streams: list[Stream] = field(default_factory=list)
    on_pod: Callable[[str, Json], None] = lambda event, pod: None
    admit: Callable[[Json], None] = lambda pod: None
    deletions: list[str] = field(default_factory=list)
    _version: int = 100
    _serial: int = 0
    _changes: list[tuple[int, str, Json]] = field(default_factory=list)
    _history: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        status = {"hard": {USED: str(self.hard)}, "used": {USED: "0"}}
        quota = {
            "metadata": {"name": "lab-quota"},
            "spec": {"hard": {USED: str(self.hard)}},
            "status": status,
        }
        self._put("resourcequotas", quota, "ADDED")
        self._recount_now_and_then()

    # What the outside asks for ---------------------------------------------------------------------

    def handle(self, method: str, path: str, body: Json | None) -> Json:
        """One request, at the moment at which it arrives."""
        parts = path.split("/namespaces/", 1)[1].split("/")[1:]
        kind, name = parts[0], (parts[1] if len(parts) > 1 else "")
        match method, name:
            case "GET", "":
                return self._list(kind)
            case "GET", _:
                return self._get(kind, name)
            case "POST", _:
                assert body
                return self._create_pod(body) if kind == "pods" else self._create(kind, body)
            case "PUT", _:
                assert body
                return self._replace(kind, name, body)
            case "DELETE", _:
                return self._delete(kind, name, (body or {}).get("preconditions", {}))
        raise AssertionError(f"{method} {path} is not played")

    def changes_since(self, kind: str, version: str) -> list[Json]:
        """What a watch that begins at this version has missed; ApiError 410 where nobody remembers."""
        since = int(version)
        if self._changes and since < self._changes[0][0] - 1:
            raise ApiError(410, "Expired", "too old resource version", {}, 0.0)
        return [event for number, one, event in self._changes if one == kind and number > since]

    def forget(self) -> None:
        """Compaction: no watch can begin in the past."""
        self._changes = self._changes[-1:]

    def pods(self) -> list[Json]:
        return [one for (kind, _), one in self.objects.items() if kind == "pods"]

    @property
    def quota(self) -> Json:
        return self.objects["resourcequotas", "lab-quota"]

    def stamp(self) -> str:
        return datetime.fromtimestamp(START + self.hub.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    # What the cluster's own parts do ---------------------------------------------------------------

    def change(self, pod: Json, change: Callable[[Json], None]) -> Json:
        """A new version of a pod that is still there."""
        pod = copy.deepcopy(pod)
        change(pod)
        return self._put("pods", pod, "MODIFIED")

    def current(self, pod: Json) -> Json | None:
        """The pod as it is now; None where it is gone, or another bears its name."""
        found = self.objects.get(("pods", pod["metadata"]["name"]))
        return found if found and found["metadata"]["uid"] == pod["metadata"]["uid"] else None

    def drop(self, pod: Json) -> None:
        """The object is no more."""
        found = self.current(pod)
        if found:
            self._put("pods", found, "DELETED")

    def set_hard(self, hard: int) -> None:
        """An administrator changes the quota; admission follows when it is counted."""
        self.hard = hard
        quota = copy.deepcopy(self.quota)
        quota["spec"]["hard"][USED] = str(hard)
        self._put("resourcequotas", quota, "MODIFIED")
        self.hub.after(self.counts_after, self.recount)

    def recount(self) -> None:
        """The quota's controller, from what it knew `lag` seconds ago."""
        known = [used for at, used in self._history if at <= self.hub.now - self.lag] or [0]
        self._count(known[-1])

    def held(self) -> int:
        """GPUs that are held in truth."""
        return sum(charge(pod) for pod in self.pods())

    # -------------------------------------------------------------------------------------------------

    def _create_pod(self, body: Json) -> Json:
        used, hard = int(self.quota["status"]["used"][USED]), int(self.quota["status"]["hard"][USED])
        wanted, name = charge(body), body["metadata"]["name"]
        if used + wanted > hard and wanted:
            raise ApiError(
                403,
                "Forbidden",
                f'pods "{name}" is forbidden: exceeded quota: lab-quota, requested: {USED}={wanted},'
                f" used: {USED}={used}, limited: {USED}={hard}",
                {},
                0.0,
            )
        self._count(used + wanted)
        pod = copy.deepcopy(body)
        pod["status"] = {"phase": "Pending"}
        pod["spec"].setdefault("terminationGracePeriodSeconds", 30)
        self.admit(pod)
        return self._create("pods", pod)

    def _create(self, kind: str, body: Json) -> Json:
        name = body["metadata"]["name"]
        if (kind, name) in self.objects:
            raise ApiError(409, "AlreadyExists", f'{kind} "{name}" already exists', {}, 0.0)
        made = copy.deepcopy(body)
        self._serial += 1
        made["metadata"] |= {"uid": f"0000-{self._serial:04d}-0-0-0", "creationTimestamp": self.stamp()}
        return self._put(kind, made, "ADDED")

    def _replace(self, kind: str, name: str, body: Json) -> Json:
        found = self._get(kind, name)
        if body["metadata"].get("resourceVersion") != found["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", "the object has been modified", {}, 0.0)
        body = copy.deepcopy(body)
        body["metadata"]["uid"] = found["metadata"]["uid"]
        return self._put(kind, body, "MODIFIED")

    def _delete(self, kind: str, name: str, only: Json) -> Json:
        found = self._get(kind, name)
        for key, value in only.items():
            if found["metadata"][key] != value:
                raise ApiError(409, "Conflict", f"the {key} in the precondition does not match", {}, 0.0)
        if kind != "pods":
            return self._put(kind, found, "DELETED")
        if "deletionTimestamp" in found["metadata"]:
            return found
        self.deletions.append(found["metadata"]["uid"])
        if not found["spec"].get("nodeName") or is_over(found):
            return self._put(kind, found, "DELETED")
        grace = found["spec"]["terminationGracePeriodSeconds"]
        deletion = {"deletionTimestamp": self.stamp(), "deletionGracePeriodSeconds": grace}
        return self.change(found, lambda pod: pod["metadata"].update(deletion))

    def _get(self, kind: str, name: str) -> Json:
        if (kind, name) not in self.objects:
            raise ApiError(404, "NotFound", f'{kind} "{name}" not found', {}, 0.0)
        return self.objects[kind, name]

    def _list(self, kind: str) -> Json:
        items = [one for (found, _), one in self.objects.items() if found == kind]
        return {"metadata": {"resourceVersion": str(self._version)}, "items": items}

    def _put(self, kind: str, item: Json, event: str) -> Json:
        self._version += 1
        item = {**item, "metadata": {**item["metadata"], "resourceVersion": str(self._version)}}
        if event == "DELETED":
            del self.objects[kind, item["metadata"]["name"]]
        else:
            self.objects[kind, item["metadata"]["name"]] = item
        shown = {"type": event, "object": item}
        self._changes.append((self._version, kind, shown))
        del self._changes[:-KEPT]
        for stream in list(self._watching(kind)):
            stream.send(shown)
        if kind == "pods":
            self._history.append((self.hub.now, self.held()))
            if event == "DELETED" or is_over(item):
                self.hub.after(self.counts_after, self.recount)
            self.on_pod(event, item)
        return item

    def _watching(self, kind: str) -> Iterator[Stream]:
        return (stream for stream in self.streams if stream.kind == kind)

    def _count(self, used: int) -> None:
        quota = copy.deepcopy(self.quota)
        found = {"hard": {USED: str(self.hard)}, "used": {USED: str(used)}}
        if quota["status"] != found:
            quota["status"] = found
            self._put("resourcequotas", quota, "MODIFIED")

    def _recount_now_and_then(self) -> None:
        self.recount()
        self.hub.after(RECOUNT_EVERY, self._recount_now_and_then)


def charge(pod: Json) -> int:
    """The GPUs that a quota counts for this pod."""
    if is_over(pod):
        return 0
    limits = [one.get("resources", {}).get("limits", {}) for one in pod["spec"]["containers"]]
    return sum(int(one.get(GPU, 0)) for one in limits)


def only_sleeps(pod: Json) -> bool:
    """Is it a copy that somebody has made to look around in?"""
    return any(one.get("command") == SLEEP for one in pod["spec"]["containers"])


def is_over(pod: Json) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
