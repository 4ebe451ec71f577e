"""A namespace with one quota that everybody sees late."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from sweeper.clusters.kubernetes.quotas.free_capacity import free_capacity
from sweeper.clusters.kubernetes.quotas.lag import INFORMER_LAG
from sweeper.clusters.kubernetes.quotas.pending import PendingCharges
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Amounts, Quota, charge
from tests.clusters.kubernetes.quotas.builders import pod, quota


@dataclass
class Lab:
    """A namespace with one quota, seen late: creates, their answers, releases and views all take their time.

    `rivals` is how many pods of others there are before; `lively` lets others come and go as well.
    """

    random: Random
    hard: int
    rivals: int
    lively: bool
    now: float = 0.0
    order: Iterator[int] = field(default_factory=itertools.count)
    agenda: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    pending_charges: PendingCharges = field(default_factory=PendingCharges)
    live: dict[str, Amounts] = field(default_factory=dict)
    asked: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        self.used = self.rivals
        self.view = quota(self.hard, self.used)
        self.shown_by = 0.0

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        self.at(self.now + seconds, do)

    def at(self, moment: float, do: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (moment, next(self.order), do))

    def change(self, by: int) -> None:
        """The server counts; a watch tells every change in order, at the latest after INFORMER_LAG."""
        self.used += by
        self.shown_by = max(self.shown_by, self.now + self.random.uniform(0, INFORMER_LAG))
        shown = quota(self.hard, self.used)
        self.at(self.shown_by, lambda: self.show(shown))

    def show(self, message: Quota) -> None:
        self.pending_charges.saw(self.view, message, self.now)
        self.view = message

    def free(self, policy: Policy) -> int:
        unshown = {"lab": self.pending_charges.unshown("lab", self.now)}
        return free_capacity([self.view], pod(), list(self.live.values()), unshown, policy).pods

    def create(self) -> None:
        self.asked += 1
        name = f"pod-{self.asked}"
        self.live[name] = charge(pod())
        self.pending_charges.ask(name, self.live[name], self.now)
        self.after(self.random.uniform(0, 4), lambda: self.admit(name))

    def admit(self, name: str) -> None:
        accepted = self.used < self.hard
        if accepted:
            self.change(1)
        self.after(self.random.uniform(0, 4), lambda: self.answer(name, accepted))

    def answer(self, name: str, accepted: bool) -> None:
        if accepted:
            self.pending_charges.created(name, self.live[name], self.now)
            self.after(self.random.uniform(0, 5), lambda: self.end(name))
        else:
            self.refused += 1
            self.pending_charges.dropped(name)
            del self.live[name]

    def end(self, name: str) -> None:
        """The pod ends; that we know of it and that the quota lets it go come in any order."""
        self.after(self.random.uniform(0, 3), lambda: self.change(-1))
        self.after(self.random.uniform(0, 3), lambda: self.forget(name))

    def forget(self, name: str) -> None:
        del self.live[name]

    def rival(self) -> None:
        by = self.random.choice([-1, 1])
        if self.rivals + by >= 0 and self.used + by <= self.hard:
            self.rivals += by
            self.change(by)

    def play(self, policy: Policy, seconds: float) -> None:
        while self.now < seconds:
            for _ in range(self.free(policy)):
                self.create()
            if self.lively:
                self.rival()
            self.pass_time(self.random.uniform(0, 0.5))

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.agenda and self.agenda[0][0] <= until:
            self.now, _, do = heapq.heappop(self.agenda)
            do()
        self.now = until
