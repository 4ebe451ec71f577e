"""What must hold at every moment and at the end, whatever goes wrong: the invariants, seen from above."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sweeper.clusters.kubernetes.pods.identity import attempt_of, is_ours
from sweeper.core.model import Attempt, Cause, Status
from sweeper.core.records import Abandoned, Ended, Granted, Launched, Launching, Stopping
from tests.sim import books
from tests.sim.queue import Queue
from tests.sim.server import USED, Json
from tests.sim.world import SWEEP, World

_FROM_OUTSIDE = "ended from outside"
"""A pause for too many deletions says so."""


class Judge:
    """Looks at everything, and keeps count of what the product may do only so often."""

    def __init__(self, world: World, queue: Queue | None = None) -> None:
        self._world, self._queue = world, queue
        self._early: list[str] = []
        self._ended: dict[Attempt, Ended] = {}
        world.network.on_delete = self._deleting

    def wrongs(self) -> Iterator[str]:
        """Everything that does not hold now."""
        world = self._world
        yield from self._early
        for attempt in world.nodes.overlaps:
            yield f"I1: attempt {attempt} ran beside another of its trial"
        for attempt, uids in world.nodes.claims.items():
            if len(uids) > 1:
                yield f"I4: {attempt} was claimed by {uids}"
        yield from self._journal()
        yield from self._creates()
        yield from self._others()

    def power_is_about_to_go(self) -> None:
        """What never became durable may be gone afterwards: nothing was done about it yet."""
        durable = {one.attempt for one in self._world.durable() if isinstance(one, Ended)}
        self._ended = {attempt: one for attempt, one in self._ended.items() if attempt in durable}

    def wrongs_at_the_end(self) -> Iterator[str]:
        """What holds besides, once the sweep is done."""
        yield from self.wrongs()
        world, state = self._world, self._world.state()
        yield from books.wrongs_at_the_end(world.records(), world.folder.settings.retry.budgets)
        for one in state.trials:
            if one.status is Status.COMPLETED and one.outcome is None:
                yield f"I7: trial {one.trial.index} has completed without an outcome"
        for ended in self._ended.values():
            if ended.outcome.cause is Cause.COMPLETED:
                yield from self._completed(ended)
            if ended.outcome.seconds and not any(one.uid == ended.uid for one in world.nodes.containers):
                yield f"I7: {ended.attempt} never started and is said to have run {ended.outcome.seconds} s"
            if ended.outcome.cause is Cause.ERROR:
                yield from self._failed(ended)
        left = [pod["metadata"]["name"] for pod in world.server.pods() if self._is_ours(pod)]
        if left:
            yield f"I13: the pods {left} are left"
        posted = Counter(name for _, name, _ in world.network.creates)
        kills = len(world.controllers) - 1
        refused = sum(reason == "Forbidden" for _, _, reason in world.network.creates)
        more = sum(posted.values()) - len(posted)
        if more > world.network.doubts + kills + refused + world.network.repeats:
            yield f"I11: {more} creates too many"

    def _is_ours(self, pod: Json) -> bool:
        return is_ours(pod, SWEEP.id) and pod["metadata"]["uid"] not in self._world.copies

    def _journal(self) -> Iterator[str]:
        records = self._world.records()
        believed = {one.uid for one in records if isinstance(one, Launched | Ended)} & {*self._world.copies}
        if believed:
            yield f"I15: {believed} are copies that somebody made and were taken for attempts"
        yield from books.wrongs(records)
        now = {one.attempt: one for one in records if isinstance(one, Ended)}
        for attempt, before in self._ended.items():
            if now.get(attempt) != before:
                yield f"I6: the outcome of {attempt} was {before} and is {now.get(attempt)}"
        self._ended = now

    def _creates(self) -> Iterator[str]:
        for controller in self._world.controllers:
            not_before, probing = 0.0, 0
            for shown in controller.log:
                if shown["did"] == "full":
                    not_before, probing = shown["at"] + shown["rest"], 1
                if shown["did"] in ("created", "refused"):
                    probing = 0
                if shown["did"] != "create":
                    continue
                if probing > 1:
                    yield f"I12: {shown['pod']} was asked for beside the one that probes"
                probing *= 2
                if shown["at"] < not_before - 0.001:
                    yield f"I12: {shown['pod']} was asked for {not_before - shown['at']:.1f} s too early"
                used, hard = map(int, shown["view"]["lab-quota"][USED].split("/"))
                # Whoever holds nothing may take a first GPU of those that are left for others.
                kept = min(self._world.reserve, hard - 1) if shown["ours"] else 0
                if used + 1 + kept > hard:
                    yield f"I3: {shown['pod']} was asked for while {used} of {hard} were used"

    def _others(self) -> Iterator[str]:
        """What other members and queues do is no fault of a trial, and nothing that they may decide."""
        state, records = self._world.state(), self._world.records()
        granted = {one.id for one in records if isinstance(one, Granted)} & {*self._world.strangers}
        if granted:
            yield f"I15: the requests {granted} are of another user and were granted"
        foreign = len(self._world.server.deletions) - self._world.network.deletions
        if _FROM_OUTSIDE in state.paused and len(state.deletions) > foreign:
            yield f"I14: paused for {len(state.deletions)} deletions, and others asked for {foreign}"
        for ended in self._ended.values() if self._queue else ():
            gated = self._queue is not None and ended.uid not in self._queue.through
            if gated and ended.outcome.cause is Cause.UNSCHEDULABLE:
                yield f"I14: {ended.attempt} waited in a queue and was ended for it"

    def _deleting(self, pod: Json, preconditioned: bool) -> None:
        """Looks at the moment at which the request arrives."""
        name, attempt = pod["metadata"]["name"], attempt_of(pod)
        if pod["metadata"]["uid"] in self._world.copies:
            self._early.append(f"I15: {name} is a copy that somebody made and was to be deleted")
        if not is_ours(pod, SWEEP.id) or attempt is None:
            self._early.append(f"I9: {name} is not ours and was to be deleted")
            return
        if not preconditioned:
            self._early.append(f"I8: {name} was to be deleted by its name alone")
        if not self._may_go(attempt, pod["metadata"]["uid"]):
            self._early.append(f"I8: {name} was to be deleted before its outcome was durable")

    def _may_go(self, attempt: Attempt, uid: str) -> bool:
        live = False
        for one in self._world.records():
            match one:
                case Launching(found) if found == attempt:
                    live = True
                case Abandoned(found) if found == attempt:
                    return True
        for one in self._world.durable():
            match one:
                case Ended(found) | Stopping(found) if found == attempt:
                    return True
                case Granted(_, "cancel", trials) if trials is None or attempt.trial in trials:
                    return True
        return not live or self._has_record(attempt, uid)

    def _has_record(self, attempt: Attempt, uid: str) -> bool:
        path = Path(self._world.out(attempt), "exit.json")
        return path.exists() and json.loads(path.read_text())["uid"] == uid

    def _failed(self, ended: Ended) -> Iterator[str]:
        for one in self._world.nodes.containers:
            if one.uid == ended.uid and one.terminated:
                yield f"I5: {ended.attempt} was ended from outside, and its code {one.code} counts against it"

    def _completed(self, ended: Ended) -> Iterator[str]:
        for one in self._world.nodes.containers:
            if one.uid == ended.uid and one.claimed and one.recorded == 0:
                left = {"score": ended.attempt.trial} if one.way.leaves == "whole" else {}
                if ended.outcome.metrics != left:
                    yield f"I7: {ended.attempt} left {left} and the table says {ended.outcome.metrics}"
                return
        yield f"I7: {ended.attempt} of {ended.uid} is said to have completed"
