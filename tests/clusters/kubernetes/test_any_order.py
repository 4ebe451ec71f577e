"""Whatever comes in, in any order: what is known never contradicts itself, and nothing is left in the end."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from sweeper.clusters.kubernetes.actions import Create, Delete, Inquire, ListPods
from sweeper.clusters.kubernetes.cache import PODS, QUOTAS
from sweeper.clusters.kubernetes.capacity import ALONE
from sweeper.clusters.kubernetes.decide import decide
from sweeper.clusters.kubernetes.events import (
    Answered,
    BackendEvent,
    Created,
    Delayed,
    DeletionAgreed,
    DeletionFailed,
    Dropped,
    Full,
    Inquired,
    ItemChanged,
    Listed,
    Looked,
    PodsListed,
    Refused,
    Result,
    Slept,
    Unwanted,
)
from sweeper.clusters.kubernetes.raw import Json
from sweeper.core.model import Attempt, Phase
from tests.clusters.kubernetes.tracking import Tracking, made, quota, ran


class Chance:
    """A controller whose server answers as chance will have it, late or never."""

    def __init__(self, seed: int, steps: int) -> None:
        self.chance = random.Random(seed)
        self.found = Tracking(quota(0, hard=3), keep_pods=self.chance.choice(["never", "failed"]))
        self.tracker = self.found.tracker
        self.now = 0.0
        self.pods: dict[str, Json] = {}  # as the server has them
        self.asked: set[Attempt] = set()
        self.deletions: list[Delete] = []
        self.count = 0
        things: list[Callable[[], None]] = [
            self.order, self.answer, self.answer, self.show, self.show, self.end, self.lose, self.stop,
            self.record, self.look, self.look, self.delete, self.list, self.sleep, self.delay, self.usage,
        ]  # fmt: skip
        for _ in range(steps):
            self.now += self.chance.choice([0.0, 0.01, 0.5, 20.0])
            self.chance.choice(things)()

    def fold(self, event: BackendEvent) -> None:
        self.found.fold(event, self.now)

    def order(self) -> None:
        self.found.order(Attempt(self.count, 1), self.now)
        self.count += 1

    def look(self) -> None:
        """The engine looks, and what is decided is done."""
        self.fold(Looked())
        for action in decide(self.tracker, self.now):
            self.found.do([action], self.now)
            if isinstance(action, Create):
                self.asked.add(action.attempt)
            if isinstance(action, Delete):
                self.deletions.append(action)
            if isinstance(action, ListPods):
                self.fold(PodsListed(self.now, None))
            if isinstance(action, Inquire):
                self.fold(Inquired(action.uid, None, None))
        assert len(self.asked) <= ALONE

    def answer(self) -> None:
        """A create comes to its end: granted, refused, or refused although it was carried out."""
        if not self.asked:
            return
        attempt = self.chance.choice(sorted(self.asked))
        uid = f"u{attempt.trial}"
        there = self.pods.get(uid) or made(uid, attempt)
        results: list[Result] = [Created(there), Full("full"), Refused("no"), Refused("taken", taken=True)]
        result = self.chance.choice(results)
        if isinstance(result, Created) and self.tracker[attempt].uid == "":
            self.pods[uid] = there
        self.asked.remove(attempt)
        self.fold(Answered(attempt, result))

    def show(self) -> None:
        """A watch tells of a pod, perhaps before the answer, or late."""
        attempt = Attempt(self.chance.randrange(self.count + 1), 1)
        uid = f"u{attempt.trial}"
        if uid not in self.pods and attempt not in self.asked:
            return
        self.pods.setdefault(uid, made(uid, attempt))
        self.fold(ItemChanged(PODS, "ADDED", self.pods[uid]))

    def end(self) -> None:
        """A container ends."""
        for uid, pod in self.pods.items():
            if self.chance.random() < 0.3:
                phase = self.chance.choice(["Succeeded", "Failed"])
                self.pods[uid] = ran(uid, Attempt(int(uid[1:]), 1), phase=phase)
                self.fold(ItemChanged(PODS, "MODIFIED", self.pods[uid]))
                return
            assert pod

    def lose(self) -> None:
        """Somebody deletes a pod."""
        if self.pods:
            uid = self.chance.choice(sorted(self.pods))
            self.fold(ItemChanged(PODS, "DELETED", self.pods.pop(uid)))

    def list(self) -> None:
        self.fold(Listed(PODS, tuple(self.pods.values()), self.now))

    def stop(self) -> None:
        for record in list(self.tracker):
            if self.chance.random() < 0.3:
                self.fold(Unwanted(record.attempt))

    def record(self) -> None:
        """What has ended or was refused is recorded, and dropped."""
        for attempt, sighting in self.tracker.sightings.items():
            record = self.tracker.records.get(attempt)
            if record and not record.dropped and sighting.phase in (Phase.ENDED, Phase.REFUSED):
                self.fold(Dropped(attempt))

    def delete(self) -> None:
        """A deletion is answered."""
        if self.deletions:
            action = self.deletions.pop()
            if self.chance.random() < 0.5:
                self.fold(DeletionFailed(action.uid, "busy", 1.0, math.inf))
            else:
                self.fold(DeletionAgreed(action.uid))
                if action.uid in self.pods:
                    self.fold(ItemChanged(PODS, "DELETED", self.pods.pop(action.uid)))

    def delay(self) -> None:
        if self.asked:
            self.fold(Delayed(self.chance.choice(sorted(self.asked)), "busy"))

    def usage(self) -> None:
        self.fold(ItemChanged(QUOTAS, "MODIFIED", quota(self.chance.randrange(4), hard=3)))

    def sleep(self) -> None:
        self.now += 100.0
        self.fold(Slept(100.0, has_lease=False))

    def come_to_an_end(self) -> None:
        """The server is well, nothing more is wanted, and every answer comes."""
        for _ in range(20):
            self.now += 70.0
            self.chance.random = lambda: 1.0  # type: ignore[method-assign]
            for record in list(self.tracker):
                self.fold(Unwanted(record.attempt))
            while self.asked:
                self.asked_for_nothing()
            self.list()
            self.look()
            while self.deletions:
                self.delete()
            self.record()

    def asked_for_nothing(self) -> None:
        attempt = self.asked.pop()
        uid = f"u{attempt.trial}"
        self.fold(Answered(attempt, Created(self.pods[uid]) if uid in self.pods else Refused("given up")))


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32), steps=st.integers(0, 120))
def test_what_is_known_never_contradicts_itself(seed: int, steps: int) -> None:
    """After every event all invariants hold; once all is over nothing is followed or to be deleted."""
    history = Chance(seed, steps)
    history.come_to_an_end()
    tracker = history.tracker
    assert (tracker.records, tracker.deletions, tracker.leaving) == ({}, {}, {})
    assert {*history.pods} <= tracker.kept
    assert tracker.is_idle(history.now)
