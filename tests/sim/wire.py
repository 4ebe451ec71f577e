"""The product's API door over a played network: latency, lost requests, lost replies, watches that lie."""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sweeper.clusters.kubernetes.api_errors import NotTheApi
from sweeper.clusters.kubernetes.server.access import Login
from sweeper.clusters.kubernetes.server.api import READ, Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from tests.sim.effects import Effect
from tests.sim.hub import START, Event, Hub
from tests.sim.server import Json, Server, Stream

Refusal = tuple[int, str, str]
REFUSALS: Mapping[str, Refusal] = {
    "429": (429, "", "Too many requests, please try again later."),
    "500 quota": (500, "InternalError", "resource quota evaluation timed out"),
    "409 quota": (409, "Conflict", "Operation cannot be fulfilled on resourcequotas: object was modified"),
    "503": (503, "ServiceUnavailable", "the server is currently unable to handle the request"),
    "504": (504, "Timeout", "the server was unable to return a response in the time allotted"),
    "401": (401, "Unauthorized", "Unauthorized"),
    "403": (
        403,
        "Forbidden",
        'pods is forbidden: User "lis" cannot create resource "pods" in the namespace "lab"',
    ),
    "not ready": (403, "Forbidden", "pods is forbidden: not yet ready to handle request"),
    "etcd": (500, "InternalError", "etcdserver: request timed out"),
    "webhook": (400, "", 'admission webhook "policy.example" denied the request: not now'),
    "no webhook": (500, "InternalError", 'failed calling webhook "policy.example": connection refused'),
}
"""Answers that are no answer. Those that a server can give after it did what was asked for come both ways."""

CERTAIN = ("429", "500 quota", "409 quota", "401", "403", "not ready", "webhook", "no webhook")
"""Nothing was done, whatever else went wrong."""

FOREIGN = ("302", "plain 404", "407", "html")
"""Answers of something between us and the server: the request did not get there."""

FAULTS = (
    *REFUSALS, *FOREIGN, "503 done", "504 done", "etcd done", "lost", "reset", "reset done", "silent", "late",
)  # fmt: skip
"""What can become of a request; `late`: it arrives long after its sender has stopped waiting."""

ONLY_CREATES = ("500 quota", "409 quota")
ONLY_PODS = ("webhook", "no webhook")


class Network:
    """`faults` become of the next requests that change something, `reads` of those that do not.

    `down`: nothing reaches the server. The next `denials` deletions of pods are denied. `creates` are
    what did reach it, for whoever judges; `made` are the pods that came of it. `deletions` counts the pods
    whose deletion was asked for here, and by nobody else before.
    """

    def __init__(self, hub: Hub, server: Server, effect: Effect, chance: random.Random) -> None:
        self.faults: deque[str] = deque()
        self.reads: deque[str] = deque()
        self.down = False
        self.denied = ""
        self.denials = 0
        self.creates: list[tuple[float, str, str]] = []
        self.made: list[Json] = []
        self.deletions = 0
        self.doubts = self.repeats = 0
        self.on_delete: Callable[[Json, bool], None] = lambda pod, preconditioned: None
        self.watches: list[Stream] = []
        self.lines = "whole"
        self.hub, self.server, self.effect, self.chance = hub, server, effect, chance

    def latency(self) -> float:
        return self.chance.uniform(0.001, 0.02)

    def arrive(self, method: str, path: str, body: Json | None) -> Json:
        """The request, on the server's side; a refusal is raised."""
        if method == "DELETE" and "/pods/" in path:
            found = self.server.objects.get(("pods", path.rsplit("/", 1)[1]))
            if found:
                self.on_delete(found, bool((body or {}).get("preconditions")))
        if method != "POST" or not path.endswith("/pods"):
            before = len(self.server.deletions)
            answer = self.server.handle(method, path, body)
            self.deletions += len(self.server.deletions) - before
            return answer
        name = (body or {})["metadata"]["name"]
        try:
            made = self.server.handle(method, path, body)
        except ApiError as error:
            self.creates.append((self.hub.now, name, error.reason))
            raise
        self.creates.append((self.hub.now, name, ""))
        self.made.append(made)
        return made

    def hurt(self, how: str) -> None:
        """Something happens to every watch: cut, stalled, expired (and compacted), repeated, reordered."""
        self.lines = how if how in ("repeated", "reordered") else "whole"
        if how == "expired":
            self.server.forget()
        for stream in self.watches:
            if how == "stalled":
                stream.dead = True
            elif how in ("cut", "expired"):
                stream.send({"type": "CUT", "object": {}})


class PlayedAccess:
    """In the place of Access: whoever has it reaches the server over this network."""

    via = ""

    def __init__(self, network: Network, settings: KubernetesSettings) -> None:
        self.network, self.settings = network, settings
        self.identity = Login("played", "played", str(settings.user), str(settings.namespace))

    def renew(self) -> None:
        """They are the same again."""

    def close(self) -> None:
        """Nothing is kept open."""


class PlayedApi(Api):
    """One controller's way to the server."""

    def __init__(self, access: Any) -> None:
        super().__init__(access)
        self._network: Network = access.network

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str | int] | None
    ) -> Json:
        network, hub = self._network, self._network.hub
        self.sent[method] += 1
        if method == "GET":
            fault = network.reads.popleft() if network.reads else ""
            found = self._exchange(method, path, None, fault)
            return _selected(found, str((query or {}).get("labelSelector", "")))
        if (query or {}).get("dryRun"):
            self._pause(network.latency())
            if network.down:
                raise Unreachable("connection refused")
            return copy.deepcopy(dict(body or {}))
        sent, fault = dict(body or {}), self._fault(network.faults, method, path)
        found: Json = network.effect(
            f"{method} {path.split('/')[-1]}",
            lambda: self._exchange(method, path, sent, fault),
            cast=lambda: hub.after(network.latency(), lambda: self._land(method, path, sent)),
            lost=Unreachable("connection reset by peer"),
        )
        return found

    def watch(self, path: str, seconds: int, **query: str | int) -> Iterator[Json]:
        network, hub = self._network, self._network.hub
        self.sent["WATCH"] += 1
        self._pause(network.latency())
        if network.down:
            raise Unreachable("connection refused")
        kind, selector = path.rsplit("/", 1)[1], str(query.get("labelSelector", ""))
        heard: deque[Json] = deque(network.server.changes_since(kind, str(query["resourceVersion"])))
        some = Event(hub)

        def send(event: Json) -> None:
            if stream.dead:
                return
            copies = 2 if network.lines == "repeated" else 1

            def hear() -> None:
                if network.lines == "reordered" and heard and network.chance.random() < 0.5:
                    heard.appendleft(event)
                else:
                    heard.extend([event] * copies)
                some.set()

            nonlocal heard_at  # one line: what was said first is heard first
            heard_at = max(heard_at, hub.now + network.latency())
            hub.after(heard_at - hub.now, hear, hub_process)

        heard_at = hub.now
        hub_process = hub.process
        stream = Stream(kind, lambda pod: True, send)
        network.server.streams.append(stream)
        network.watches.append(stream)
        assert hub_process
        hub_process.at_sleep.append(stream.die)
        until = hub.now - hub_process.slept + seconds  # by the clock of whoever waits
        try:
            while True:
                while heard:
                    event = heard.popleft()
                    if event["type"] == "CUT":
                        raise Unreachable("the line was cut")
                    if _fits(event["object"], selector):
                        yield event
                left = round(until - hub.now + hub_process.slept, 6)  # less is lost in a sum of the clocks
                if stream.dead and left <= 0:
                    self._pause(10.0)
                    raise Unreachable("read timed out")
                if left <= 0:
                    return
                some.clear()
                some.wait(left)
        finally:
            network.server.streams.remove(stream)
            network.watches.remove(stream)
            hub_process.at_sleep.remove(stream.die)

    def _exchange(self, method: str, path: str, body: Json | None, fault: str) -> Json:
        """Send it, and wait for what comes back."""
        network, hub = self._network, self._network.hub
        if fault in FOREIGN:
            self._pause(network.latency())
            raise NotTheApi(f"something else than the API server answered: {fault}")
        if network.down or fault in ("lost", "reset"):
            self._pause(READ if fault == "lost" else 0.0)
            raise Unreachable("connection refused" if network.down else "connection reset")
        answer: list[Json | ApiError] = []
        came = Event(hub)

        def arrive() -> None:
            if network.down:
                return
            refusal = REFUSALS.get(fault.removesuffix(" done"))
            try:
                answer.append(
                    {} if refusal and not fault.endswith(" done") else network.arrive(method, path, body)
                )
            except ApiError as error:
                answer.append(error)
            if refusal:
                answer[:] = [ApiError(*refusal, {}, 1.0 if fault == "429" else 0.0)]
            came_back = hub_process is not None and not (hub_process.dead or hub_process.asleep)
            if came_back and fault not in ("silent", "reset done"):
                hub.after(network.latency(), came.set, hub_process)

        hub_process = hub.process
        hub.after(network.latency() + (45.0 if fault == "late" else 0.0), arrive)
        if fault == "reset done":
            self._pause(2 * network.latency() + 0.05)
            raise Unreachable("connection reset by peer")
        if not came.wait(READ):
            raise Unreachable("read timed out")
        self.server_ahead = round(START + hub.now) - (
            START + hub.now + (hub_process.ahead if hub_process else 0)
        )
        (found,) = answer
        if isinstance(found, ApiError):
            raise found
        return found

    def _fault(self, row: deque[str], method: str, path: str) -> str:
        if method == "DELETE" and "/pods/" in path and self._network.denials:
            self._network.denials -= 1
            return "403"
        if not row:
            return ""
        fault = row.popleft()
        if fault == self._network.denied == "403" and method != "DELETE":
            return ""  # a server that starts denies everything only for a moment
        self._network.denied = fault
        if fault in ONLY_PODS and "/pods" not in path:
            return ""
        create = method == "POST" and path.endswith("/pods")
        if create and fault in CERTAIN:
            self._network.repeats += 1
        elif create:
            self._network.doubts += 1
        return fault if create or fault not in ONLY_CREATES else ""

    def _land(self, method: str, path: str, body: Json) -> None:
        """A request whose sender does not hear what became of it."""
        with suppress(ApiError):
            self._network.arrive(method, path, body)

    def _pause(self, seconds: float) -> None:
        self._network.hub.park(None, seconds)


def _selected(found: Json, selector: str) -> Json:
    if "items" not in found:
        return found
    return {**found, "items": [item for item in found["items"] if _fits(item, selector)]}


def _fits(item: Json, selector: str) -> bool:
    labels = item.get("metadata", {}).get("labels", {})
    wanted = (one.partition("=") for one in selector.split(",") if one)
    return all(labels.get(key) == value for key, _, value in wanted)
