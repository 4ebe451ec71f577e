"""Rules of the histories: what queues, administrators and other members of the lab do."""

from __future__ import annotations

import errno
import os
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from sweeper.clusters.kubernetes.pods.identity import attempt_of
from sweeper.core.records import Ended
from tests.sim.people import ask_for, copy_pod, intrude
from tests.sim.queue import Queue
from tests.sim.server import GPU, Json, only_sleeps
from tests.sim.world import Script, World

INDEX = st.integers(0, 7)

QUEUES = ("", "", "kueue", "kai")
"""Whether the cluster has a queueing system, and which."""

KAI = {"queue": "team", "queue_kind": "kai"}
EVERY = 20.0

MARKS: tuple[Json, ...] = (
    {"type": "TerminationTarget", "status": "True", "reason": "Preempted"},
    {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"},
    {"type": "Ready", "status": "False", "reason": "Evict"},
)
"""How queues and schedulers mark what they take away: Kueue, KAI and Kubernetes itself, Volcano."""


class Others(RuleBasedStateMachine):
    """A part of the histories: it has no sweep of its own."""

    world: World
    queue: Queue | None = None

    # Queues ------------------------------------------------------------------------------------------

    def set_up(self, kind: str, slots: int, script: Script) -> None:
        """What the cluster does to pods that are created: a sidecar comes first, a gate holds them."""

        def inject(pod: Json) -> None:
            attempt = attempt_of(pod)
            if attempt and script(attempt).beside and not only_sleeps(pod):
                pod["spec"]["containers"].insert(0, {"name": "proxy", "image": "p"})

        self.world.server.admit = inject
        if kind:
            self.queue = Queue(self.world, slots, EVERY, "kai-scheduler" if kind == "kai" else "")

    @precondition(lambda self: self.queue)
    @rule(slots=st.integers(0, 3))
    def the_queue_has_free_slots(self, slots: int) -> None:
        assert self.queue
        self.queue.slots = slots

    @precondition(lambda self: self.queue and (self.queue.running() or self.queue.waiting()))
    @rule(index=INDEX, mark=st.sampled_from(MARKS))
    def the_queue_takes_a_pod_away(self, index: int, mark: Json) -> None:
        """One that runs, or one that it has not let through yet."""
        assert self.queue
        pods = [*self.queue.running(), *self.queue.waiting()]
        self.queue.take_away(
            pods[index % len(pods)], lambda pod: pod["status"].setdefault("conditions", []).append(mark)
        )

    # People ------------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.server.pods())
    @rule(index=INDEX)
    def a_pod_is_deleted(self, index: int) -> None:
        pods = self.world.server.pods()
        self._delete(pods[index % len(pods)])

    @rule(count=st.integers(5, 12), interval=st.sampled_from([1.0, 20.0, 600.0]))
    def somebody_deletes_again_and_again(self, count: int, interval: float) -> None:
        """A script that tidies up: each time one of the pods that run then."""

        def delete() -> None:
            running = [pod for pod in self.world.server.pods() if pod["status"]["phase"] == "Running"]
            for pod in running[:1]:
                self._delete(pod)

        for number in range(count):
            self.world.hub.after(interval * number, delete)

    @rule(gpus=st.integers(1, 2))
    def a_rival_takes(self, gpus: int) -> None:
        rivals = sum("rival" in pod["metadata"]["name"] for pod in self.world.server.pods())
        limits = {"limits": {GPU: str(gpus)}}
        pod = {"metadata": {"name": f"rival-{rivals}"}, "spec": {"containers": [{"resources": limits}]}}
        ask_for(self.world, pod)

    @precondition(lambda self: self.world.network.made)
    @rule(index=INDEX, how=st.sampled_from(["another", "next", "same"]))
    def a_colleague_copies_a_pod(self, index: int, how: str) -> None:
        """With all its labels and annotations; under its own name only once its attempt has ended."""
        pod = self.world.network.made[index % len(self.world.network.made)]
        ended = (one.uid for one in self.world.records() if isinstance(one, Ended))
        if how != "same" or pod["metadata"]["uid"] in ended:
            copy_pod(self.world, pod, how)

    @rule()
    def the_lease_is_deleted(self) -> None:
        for kind, name in [*self.world.server.objects]:
            if kind == "leases":
                self.world.server.handle("DELETE", f"/namespaces/lab/leases/{name}", None)

    @precondition(lambda self: os.geteuid() == 0)
    @rule(kind=st.sampled_from(["cancel", "retry"]))
    def a_stranger_asks(self, kind: str) -> None:
        """Somebody else who may write to the folder; only root can play that."""
        intrude(self.world, kind)

    def _delete(self, pod: Json) -> None:
        self.world.server.handle("DELETE", f"/namespaces/lab/pods/{pod['metadata']['name']}", None)


def no_locks() -> Any:
    """In the place of `fcntl`, on a volume without file locks."""

    def flock(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    return SimpleNamespace(flock=flock, LOCK_SH=1, LOCK_EX=2, LOCK_NB=4, LOCK_UN=8)
