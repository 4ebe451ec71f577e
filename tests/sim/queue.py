"""A played queueing system: pods wait, some are let through, and some are taken away again."""

from __future__ import annotations

from collections.abc import Callable

from tests.sim.server import Json, is_over
from tests.sim.world import World

GATE = {"name": "kueue.x-k8s.io/admission"}
GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


class Queue:
    """Lets `slots` pods through at once, the oldest first, and looks every `every` seconds.

    As Kueue does it: by a gate that a webhook puts on every pod of the namespace. Or else as KAI does it:
    by a `scheduler` of its own, which marks the others unschedulable.
    """

    def __init__(self, world: World, slots: int, every: float = 60.0, scheduler: str = "") -> None:
        self.most = 0
        self.through: list[str] = []
        self.slots, self._every, self._scheduler = slots, every, scheduler
        self._server, self._nodes, self._hub = world.server, world.nodes, world.hub
        if not scheduler:
            self._admit_before, self._server.admit = self._server.admit, self._gate
        self._nodes.holds_back = self._holds_back
        self._hub.after(every, self._look)

    def waiting(self) -> list[Json]:
        """The pods that wait for their turn, the oldest first."""
        return [pod for pod in self._server.pods() if self._holds_back(pod)]

    def running(self) -> list[Json]:
        """The pods whose turn has come and that have not ended."""
        through = [pod for pod in self._server.pods() if pod["metadata"]["uid"] in self.through]
        return [pod for pod in through if not is_over(pod)]

    def take_away(self, pod: Json, mark: Callable[[Json], None]) -> None:
        """Preempt a pod: `mark` what the system writes on it first."""
        self._server.change(pod, mark)
        self._server.handle("DELETE", f"/namespaces/lab/pods/{pod['metadata']['name']}", None)

    def _gate(self, pod: Json) -> None:
        self._admit_before(pod)
        pod["spec"]["schedulingGates"] = [GATE]
        pod["status"]["conditions"] = [GATED]

    def _holds_back(self, pod: Json) -> bool:
        ours = not self._scheduler or pod["spec"].get("schedulerName") == self._scheduler
        return ours and not is_over(pod) and pod["metadata"]["uid"] not in self.through

    def _look(self) -> None:
        waiting = self.waiting()
        self.most = max(self.most, len(waiting))
        for pod in waiting[: max(0, self.slots - len(self.running()))]:
            self.through.append(pod["metadata"]["uid"])
            self._nodes.take(self._server.change(pod, lambda one: one["spec"].pop("schedulingGates", None)))
        if self._scheduler:
            self._refuse()
        self._hub.after(self._every, self._look)

    def _refuse(self) -> None:
        words = {"reason": "Unschedulable", "message": "OverLimit: the team has its 2 GPUs"}
        shown = [{"type": "PodScheduled", "status": "False", **words}]
        for pod in self.waiting():
            if pod["status"].get("conditions") != shown:
                self._server.change(pod, lambda one: one["status"].update(conditions=shown))
