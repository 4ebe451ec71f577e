"""Attempts that are asked for and answered later, as pods are, and the backend that asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import inf

from sweeper.clusters.base import LaunchResult, Order, Requested, View
from sweeper.core.model import Attempt, Phase, Sighting
from tests.sim.processes import PlayedBackend, Processes, Run, Script

ANSWER = 0.7
"""How many seconds a request takes to be answered."""


@dataclass
class Pod:
    """A requested pod: it has a uid once it is `made`, and may have `ended` before it has `begun` to run."""

    order: Order
    run: Run
    made_at: float
    uid: str = ""
    made: bool = False
    begun: bool = False
    ended: bool = False


class Pods(Processes):
    """Pods: a request for one is answered later, also if its controller is gone by then."""

    def __init__(self, script: Script = lambda attempt: Run(), slots: int = 2) -> None:
        super().__init__(script, slots)
        self.pods: dict[Attempt, Pod] = {}
        self.asked: list[Attempt] = []

    def ask(self, order: Order) -> None:
        assert order.attempt not in self.asked, "asked for twice"
        self.asked.append(order.attempt)
        pod = self.pods[order.attempt] = Pod(order, self.script(order.attempt), self.now + ANSWER)
        self.hub.after(ANSWER, partial(self._make, pod))

    def _make(self, pod: Pod) -> None:
        pod.made = True
        if not pod.run.refused:
            pod.uid = f"pod-{pod.order.attempt.trial}-{pod.order.attempt.number}"
            if pod.run.waits < inf:
                self.hub.after(pod.run.waits, partial(self._begin, pod))

    def _begin(self, pod: Pod) -> None:
        if not pod.ended and self.pods.get(pod.order.attempt) is pod:
            pod.begun = True
            self.start(pod.order, pod.uid)

    def end(self, pod: Pod) -> None:
        """What was not made yet never will be; what did not run yet never will."""
        if not pod.made:
            pod.made, pod.made_at = True, self.now
            pod.run = replace(pod.run, refused="it was withdrawn")
        else:
            pod.ended = True


class LateBackend(PlayedBackend):
    """One controller's view of the pods. It ends what nobody asked it for or gave it."""

    world: Pods

    def launch(self, order: Order) -> LaunchResult:
        self.world.effects("ask", lambda: self.world.ask(order))
        self.known[order.attempt] = ""
        return Requested()

    def find(self, order: Order) -> str | None:
        pod = self.world.pods.get(order.attempt)
        return (pod.uid or None) if pod else None

    def observe(self) -> View:
        for attempt, pod in list(self.world.pods.items()):
            if attempt not in self.known and pod.made:
                self.world.effects("tidy up", partial(self.world.pods.pop, attempt))
        view = super().observe()
        strange = self.world.pods.keys() - self.known.keys()
        gone = sum(sighting.phase is Phase.REFUSED for sighting in view.sightings.values())
        return replace(view, capacity=view.capacity + gone, idle=view.idle and not strange)

    def _sighting(self, attempt: Attempt, uid: str) -> Sighting:
        pod = self.world.pods.get(attempt)
        if pod is None or pod.ended or pod.begun:
            return super()._sighting(attempt, uid or (pod.uid if pod else ""))
        if pod.made and pod.run.refused:
            return Sighting(attempt, Phase.REFUSED, "", pod.made_at, message=pod.run.refused)
        stuck = pod.run.stuck if pod.uid else None
        return Sighting(attempt, Phase.PENDING, pod.uid, pod.made_at, "", stuck, f"{stuck}!" if stuck else "")

    def stop(self, attempt: Attempt) -> None:
        pod = self.world.pods[attempt]
        if pod.begun:
            super().stop(attempt)
        else:
            self.world.effects("withdraw", lambda: self.world.end(pod))

    def remove(self, attempt: Attempt) -> None:
        super().remove(attempt)
        self.world.pods.pop(attempt, None)
