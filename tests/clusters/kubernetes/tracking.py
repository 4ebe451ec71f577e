"""What the tests of the pod tracker share: that of a small sweep, its events, and pods as they come back."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from typing import Any

from sweeper.clusters.base import Order
from sweeper.clusters.kubernetes.actions import Action, Create
from sweeper.clusters.kubernetes.cache import PODS, QUOTAS
from sweeper.clusters.kubernetes.events import Answered, Created, ItemChanged, Listed, Ordered, Result, Sent
from sweeper.clusters.kubernetes.pods.identity import Requests, SweepLabel
from sweeper.clusters.kubernetes.pods.manifest import pod
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.kubernetes.tracker import Tracker
from sweeper.core.model import Attempt
from tests.clusters.kubernetes.checked import fold

SETTINGS = KubernetesSettings(user="ada", uid=1, gid=1, namespace="lab", image="i", grace=5.0, reserve=0)
LABEL = SweepLabel("abcd", "s")
GPU = "requests.nvidia.com/gpu"
FIRST, SECOND, NEXT = Attempt(0, 1), Attempt(1, 1), Attempt(0, 2)
REQUESTS = Requests()
"""Of the controller whose tracker it is."""


def order(attempt: Attempt = FIRST) -> Order:
    return Order(attempt, "/s/shim.sh", "/s/t", "/s/t/1")


def pod_manifest(attempt: Attempt = FIRST) -> Json:
    return pod(SETTINGS, LABEL, attempt, "/s/shim.sh", "/s/t")


@cache
def sent(attempt: Attempt) -> Json:
    """What was sent for an attempt."""
    return REQUESTS.marked(pod_manifest(attempt))


def made(uid: str = "u", attempt: Attempt = FIRST, **status: Any) -> Json:
    found = copy.deepcopy(sent(attempt))
    found["metadata"]["uid"] = uid
    found["status"] = {"phase": "Pending", **status}
    return found


def ran(uid: str = "u", attempt: Attempt = FIRST, **status: Any) -> Json:
    """A pod whose container has run and ended."""
    ended = {"exitCode": 0, "reason": "Completed"}
    containers = [{"name": "trial", "state": {"terminated": ended}}]
    found = made(uid, attempt, **{"phase": "Succeeded", "containerStatuses": containers, **status})
    found["spec"]["nodeName"] = "n"
    return found


def quota(used: int, hard: int = 4, name: str = "lab") -> Json:
    """A ResourceQuota on GPUs."""
    status = {"hard": {GPU: str(hard)}, "used": {GPU: str(used)}}
    return {"metadata": {"name": name}, "spec": {"hard": {GPU: str(hard)}}, "status": status}


class Tracking:
    """A tracker, and the events that come often."""

    def __init__(self, *quotas: Json, **settings: Any) -> None:
        own = replace(SETTINGS, **settings)
        self.tracker = Tracker(own, LABEL.id, pod(own, LABEL, Attempt(0, 1), "shim", "trial"))
        self.tracker.ownership.requests = REQUESTS
        if quotas:
            self.fold(Listed(QUOTAS, quotas, 0.0))

    def fold(self, event: Any, now: float = 0.0) -> None:
        fold(self.tracker, event, now)

    def do(self, actions: list[Action] | list[Create], now: float = 0.0) -> None:
        """Carry them out."""
        for action in actions:
            self.fold(Sent(action), now)

    def order(self, attempt: Attempt = FIRST, now: float = 0.0) -> None:
        """The engine wants a pod."""
        self.fold(Ordered(order(attempt), pod_manifest(attempt)), now)

    def ask(self, attempt: Attempt = FIRST, now: float = 0.0) -> None:
        """The engine wants a pod, and it is asked for."""
        self.order(attempt, now)
        self.send(attempt, now)

    def send(self, attempt: Attempt = FIRST, now: float = 0.0) -> None:
        self.fold(Sent(Create(attempt, pod_manifest(attempt))), now)

    def answer(self, result: Result, attempt: Attempt = FIRST, now: float = 0.0) -> None:
        self.fold(Answered(attempt, result), now)

    def created(self, pod: Json, attempt: Attempt = FIRST, now: float = 0.0) -> None:
        self.answer(Created(pod), attempt, now)

    def run(self, uid: str = "u", attempt: Attempt = FIRST, now: float = 0.0, **status: Any) -> None:
        """The pod of an attempt is created, and shown like this."""
        self.ask(attempt, now)
        self.created(made(uid, attempt, **status), attempt, now)

    def show(self, pod: Json, now: float = 0.0, event: str = "MODIFIED") -> None:
        """A watch tells of a pod."""
        self.fold(ItemChanged(PODS, event, pod), now)


class Like:
    """An action of this kind that has these fields, whatever its others are."""

    def __init__(self, kind: type[Any], **fields: Any) -> None:
        self._kind, self._fields = kind, fields

    def __eq__(self, other: object) -> bool:
        own = self._fields.items()
        return type(other) is self._kind and all(getattr(other, name) == value for name, value in own)

    def __repr__(self) -> str:
        return (
            f"{self._kind.__name__}({', '.join(f'{name}={value!r}' for name, value in self._fields.items())})"
        )

    __hash__ = None  # type: ignore[assignment]
