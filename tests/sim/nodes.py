"""The played scheduler, kubelets and programs: what runs in truth, and what is said of it, later."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sweeper.clusters.kubernetes.pods.identity import attempt_of
from sweeper.core.model import Attempt
from tests.sim.hub import START, Hub
from tests.sim.server import Json, Server, charge, is_over, only_sleeps
from tests.sim.volume import Volume

TAINT_AFTER, EVICT_AFTER = 40.0, 300.0
"""Seconds without a word from a node until it is marked, and from then until its pods are to go."""


@dataclass(frozen=True)
class Way:
    """How an attempt's program goes: `seconds` long, then `code`; None: until it is ended.

    `on_term`: it `dies`, `saves` (and says 3 a second later), traps it and says it went `well`, or
    takes no notice (`deaf`). `beside`: another container, the first of its pod, runs on. `leaves`: its
    metrics are `whole`, `garbage` or not there. `lag` is how long its files take until another host can
    see them. `oom`: the kernel kills its container.
    """

    seconds: float | None = 5.0
    code: int = 0
    on_term: str = "dies"
    leaves: str = "whole"
    lag: float = 0.0
    oom: bool = False
    beside: bool = False


@dataclass
class Container:
    """Something that runs, or did. `claimed`: it got past the claim, so it is an attempt that lives."""

    pod: Json
    attempt: Attempt
    out: str
    node: Node
    way: Way
    began: float
    claimed: bool
    ended: float | None = None
    code: int = 0
    terminated: bool = False
    recorded: int | None = None
    end_said: bool = False

    @property
    def uid(self) -> str:
        return str(self.pod["metadata"]["uid"])


@dataclass
class Node:
    """`up`: it runs things; `heard`: it can also talk to the server; `rejects` what is bound to it."""

    name: str
    gpus: int
    up: bool = True
    heard: bool = True
    rejects: bool = False
    unsaid: list[Callable[[], None]] = field(default_factory=list)
    silences: int = 0


class Nodes:
    """`script` says how an attempt goes; `delay` how long each step of a pod's life takes.

    With another sweep `beside`, these are the same nodes, as the pods of one `sweep` see them.
    """

    def __init__(
        self,
        hub: Hub,
        server: Server,
        volume: Volume,
        folder: Callable[[Attempt], str],
        script: Callable[[Attempt], Way],
        delay: Callable[[], float],
        sizes: Mapping[str, int],
        sweep: str = "",
        beside: Nodes | None = None,
    ) -> None:
        self.nodes = {name: Node(name, gpus) for name, gpus in sizes.items()}
        self.containers: list[Container] = []
        self.claims: dict[Attempt, list[str]] = {}
        self.overlaps: list[Attempt] = []
        self.holds_back: Callable[[Json], bool] = lambda pod: False
        self._hub, self._server, self._volume = hub, server, volume
        self._folder, self._script, self._delay = folder, script, delay
        self._by_uid: dict[str, Container] = {}
        self._first: Nodes = beside or self
        self._later: dict[str, Nodes] = {}
        if beside:
            beside._later[sweep] = self
        else:
            server.on_pod = lambda event, pod: self._playing(pod)._on_pod(event, pod)

    # What may go wrong -------------------------------------------------------------------------------

    def lose(self, name: str, *, power: bool) -> None:
        """The node is not heard of any more; with `power`, because nothing runs on it any more."""
        node = self.nodes[name]
        if not node.heard:
            return
        node.heard, node.up = False, not power
        node.silences += 1
        silence = node.silences
        if power:
            for one in self._running(node):
                one.ended = self._hub.now  # with no word of it anywhere
        self._hub.after(TAINT_AFTER, lambda: self._doubt(node, silence))
        self._hub.after(TAINT_AFTER + EVICT_AFTER, lambda: self._evict(node, silence))

    def find(self, name: str) -> None:
        """It is back: what was not said is said, and what the server wants gone goes."""
        node = self.nodes[name]
        if node.heard:
            return
        was_up, node.up, node.heard = node.up, True, True
        unsaid, node.unsaid = node.unsaid, []
        for say in unsaid:
            say()
        for pod in self._on(node):
            if not was_up:
                self._fail(pod, "", "", [_terminated(137, "Error")])
            if "deletionTimestamp" in pod["metadata"]:
                self._end_deleted(pod)
        self._hub.after(0.0, self._schedule_all)

    def evict(self, uid: str) -> None:
        """The kubelet says that it is over before the containers are."""
        one = self._by_uid.get(uid)
        if one and one.ended is None and one.node.heard:
            self._fail(one.pod, "Evicted", "The node was low on resource: memory.", None)
            self._hub.after(self._delay(), lambda: self._term(one))

    def flip(self, uid: str) -> None:
        """A kubelet that was started again finds that it never admitted what it has run."""
        for pod in self._server.pods():
            if pod["metadata"]["uid"] == uid and is_over(pod):
                self._fail(pod, "UnexpectedAdmissionError", "no", None)

    def let_go(self) -> None:
        """Programs that wait for ever come to their end."""
        for one in self.containers:
            if one.way.seconds is None and one.node.up:
                self._hub.after(1.0, partial(self._end, one, one.way.code))

    def live(self) -> list[Container]:
        """The attempts of which something runs in truth."""
        return [one for one in self.containers if one.claimed and one.ended is None]

    def take(self, pod: Json) -> None:
        """The scheduler looks at a pod that it held back."""
        self._hub.after(self._delay(), lambda: self._schedule(pod))

    # What is normal ----------------------------------------------------------------------------------

    def _playing(self, pod: Json) -> Nodes:
        return self._later.get(pod["metadata"].get("labels", {}).get("cvsweep/sweep"), self)

    def _on_pod(self, event: str, pod: Json) -> None:
        if event == "ADDED":
            self._hub.after(self._delay(), lambda: self._schedule(pod))
        elif event == "DELETED":
            self._hub.after(0.0, self._schedule_all)
        elif "deletionTimestamp" in pod["metadata"] and pod["spec"].get("nodeName"):
            self._hub.after(self._delay(), lambda: self._end_deleted(pod))

    def _schedule_all(self) -> None:
        for pod in self._server.pods():
            self._first._playing(pod)._schedule(pod)

    def _schedule(self, pod: Json) -> None:
        now = self._server.current(pod)
        if not now or now["spec"].get("nodeName") or is_over(now) or self.holds_back(now):
            return
        avoided = json.dumps(now["spec"].get("affinity", {}))
        fits = [
            node
            for node in self.nodes.values()
            if node.heard and node.name not in avoided
            and sum(charge(one) for one in self._on(node)) + charge(now) <= node.gpus
        ]  # fmt: skip
        if not fits:
            message = f"0/{len(self.nodes)} nodes are available: Insufficient nvidia.com/gpu."
            condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
            conditions = [condition | {"message": message}]
            if now["status"].get("conditions") != conditions:
                self._server.change(now, lambda pod: pod["status"].update(conditions=conditions))
                self._hub.after(20.0, lambda: self._schedule(pod))
            return
        node = max(fits, key=lambda one: one.gpus - sum(charge(pod) for pod in self._on(one)))

        def bind(pod: Json) -> None:
            pod["spec"]["nodeName"] = node.name
            pod["status"]["conditions"] = [{"type": "PodScheduled", "status": "True"}]

        bound = self._server.change(now, bind)
        self._hub.after(self._delay(), lambda: self._start(node, bound))

    def _start(self, node: Node, pod: Json) -> None:
        now = self._server.current(pod)
        if not node.heard or not now or "deletionTimestamp" in now["metadata"]:
            return
        if node.rejects:
            self._fail(now, "OutOfnvidia.com/gpu", "Node didn't have enough resource", None)
            return
        attempt = attempt_of(pod)
        if attempt is None or only_sleeps(pod):  # a rival's: it runs until somebody deletes it
            self._server.change(now, lambda pod: pod["status"].update(phase="Running"))
            return
        out = self._folder(attempt)
        way = self._script(attempt)
        one = Container(now, attempt, out, node, way, self._hub.now, self._claim(attempt, out, now))
        self.containers.append(one)
        self._by_uid[one.uid] = one
        if not one.claimed:
            one.way = way = Way(0.0, 75, leaves="nothing")
        self._say(one, _running(self._server.stamp()))
        if way.seconds is not None:
            self._hub.after(way.seconds, lambda: self._end(one, way.code))

    def _claim(self, attempt: Attempt, out: str, pod: Json) -> bool:
        uid = pod["metadata"]["uid"]
        try:
            handle = os.open(f"{out}/owner", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except (FileExistsError, FileNotFoundError):
            return False
        os.write(handle, f"{uid}\n".encode())
        os.close(handle)
        if any(one.attempt.trial == attempt.trial for one in self.live()):
            self.overlaps.append(attempt)
        self.claims.setdefault(attempt, []).append(uid)
        return True

    def _term(self, one: Container) -> None:
        """TERM, and KILL when the grace is over."""
        if one.ended is not None or not one.node.up:
            return
        one.terminated = True
        grace = one.pod["spec"]["terminationGracePeriodSeconds"]
        self._hub.after(grace, lambda: self._end(one, 137, recorded=False))
        match one.way.on_term:
            case "dies":
                self._hub.after(0.01, lambda: self._end(one, 143))
            case "saves":
                self._hub.after(1.0, lambda: self._end(one, 3))
            case "well":
                self._hub.after(0.5, lambda: self._end(one, 0))

    def _end(self, one: Container, code: int, *, recorded: bool = True) -> None:
        if one.ended is not None:
            return
        if one.way.oom and code == one.way.code:
            code, recorded = 137, False
        one.ended, one.code = self._hub.now, code
        if one.claimed and recorded:
            self._leave(one, code)
        reason = "OOMKilled" if one.way.oom and code == 137 else "Error" if code else "Completed"
        self._say(one, _terminated(code, reason), over=True)

    def _leave(self, one: Container, code: int) -> None:
        way, one.recorded = one.way, code
        self._volume.leave(f"{one.out}/log.txt", b"ValueError: no\n" if code else b"well\n", way.lag)
        if way.leaves != "nothing" and code == 0:
            text = json.dumps({"score": one.attempt.trial}) if way.leaves == "whole" else '{"score": '
            self._volume.leave(f"{one.out}/metrics.json", text.encode(), way.lag)
        record = {
            "uid": one.uid,
            "code": code,
            "terminated": one.terminated,
            "start": START + one.began,
            "end": START + self._hub.now,
            "host": one.node.name,
        }
        self._volume.leave(f"{one.out}/exit.json", (json.dumps(record) + "\n").encode(), way.lag)

    def _say(self, one: Container, state: Json, *, over: bool = False) -> None:
        """The kubelet tells the server, after a while, once it can."""

        def say() -> None:
            now = self._server.current(one.pod)
            if not now or (not over and (is_over(now) or one.end_said)):
                return
            one.end_said = one.end_said or over
            goes_on = one.way.beside and "deletionTimestamp" not in now["metadata"]
            proxy = (
                _running(self._server.stamp(), "proxy") if goes_on else _terminated(0, "Completed", "proxy")
            )
            statuses = [proxy, state] if one.way.beside else [state]
            shown: Json = {"containerStatuses": statuses}
            # The phase may have been published before: the container's end is told all the same.
            if not over:
                shown["phase"] = "Running"
            elif not is_over(now) and not goes_on:
                shown["phase"] = "Failed" if one.code else "Succeeded"
            self._server.change(now, lambda pod: pod["status"].update(shown))
            one.pod = self._server.current(one.pod) or one.pod
            if over and "deletionTimestamp" in one.pod["metadata"]:
                self._server.drop(one.pod)

        def soon() -> None:
            if one.node.heard:
                say()
            else:
                one.node.unsaid.append(say)

        self._hub.after(self._delay(), soon)

    def _fail(self, pod: Json, reason: str, message: str, statuses: list[Json] | None) -> None:
        now = self._server.current(pod)
        if now:
            shown = {"phase": "Failed", "reason": reason, "message": message, "containerStatuses": statuses}
            self._server.change(now, lambda pod: pod["status"].update(shown))

    def _end_deleted(self, pod: Json) -> None:
        now = self._server.current(pod)
        node = self.nodes.get(now["spec"].get("nodeName", "")) if now else None
        if not now or not node or not node.heard:
            return
        one = self._by_uid.get(now["metadata"]["uid"])
        if one and one.ended is None:
            self._term(one)
        else:
            self._server.drop(now)

    def _doubt(self, node: Node, silence: int) -> None:
        if not node.heard and node.silences == silence:
            for pod in self._on(node):
                ready = {"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}
                self._server.change(pod, lambda pod, ready=ready: pod["status"].update(conditions=[*ready]))

    def _evict(self, node: Node, silence: int) -> None:
        if not node.heard and node.silences == silence:
            for pod in self._on(node):
                self._server.handle("DELETE", f"/namespaces/lab/pods/{pod['metadata']['name']}", None)

    def _on(self, node: Node) -> list[Json]:
        return [pod for pod in self._server.pods() if pod["spec"].get("nodeName") == node.name]

    def _running(self, node: Node) -> list[Container]:
        return [one for one in self.containers if one.node is node and one.ended is None]


def _running(stamp: str, name: str = "trial") -> Json:
    return {"name": name, "state": {"running": {"startedAt": stamp}}}


def _terminated(code: int, reason: str, name: str = "trial") -> dict[str, Any]:
    return {"name": name, "state": {"terminated": {"exitCode": code, "reason": reason}}}
