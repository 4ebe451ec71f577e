"""Histories that nobody thought of: every fault we know, in any order, and the invariants after each step."""

from __future__ import annotations

import errno
from collections import Counter
from contextlib import ExitStack
from random import Random
from typing import Any, ClassVar
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sweeper.core.model import Attempt
from sweeper.store import lock
from tests.sim.books import hold
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.others import INDEX, KAI, QUEUES, Others, no_locks
from tests.sim.server import is_over
from tests.sim.wire import FAULTS
from tests.sim.world import simulated

WAYS = st.builds(
    Way,
    seconds=st.sampled_from([5.0, 0.0, 40.0, None]),
    code=st.sampled_from([0, 0, 0, 1]),
    on_term=st.sampled_from(["dies", "saves", "well", "deaf"]),
    leaves=st.sampled_from(["whole", "whole", "garbage", "nothing"]),
    lag=st.sampled_from([0.0, 0.0, 5.0, 60.0]),
    oom=st.sampled_from([False, False, False, True]),
    beside=st.sampled_from([False, False, False, True]),
)
PLAIN = Way()
WHILES = (0.0, 0.0, 0.05, 0.5, 2.0, 8.0)
"""Seconds between two steps, at the usual pace."""

HOSTS = st.sampled_from(["a", "b"])
LOOKS = ("503", "429", "401", "403", "not ready", "302", "plain 404", "407", "html", "lost", "silent")


DENIALS = 12
"""Of deletions, in a whole history: one that is denied for longer is believed, and a pod may be left."""


class Histories(Others):
    """A night in the lab; `played` counts the nights and their trials."""

    played: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._denied = 0

    @initialize(
        ways=st.lists(WAYS, min_size=4, max_size=4),
        trials=st.integers(1, 3),
        quota=st.integers(1, 4),
        reserve=st.integers(0, 1),
        remembers=st.sampled_from([0.0, 60.0]),
        locks=st.booleans(),
        pause_after=st.sampled_from([0, 0, 0, 1, 5]),
        queue=st.sampled_from(QUEUES),
        slots=st.integers(0, 2),
        pace=st.sampled_from([1.0, 0.1, 5.0]),
        seed=st.integers(0, 2**16),
    )
    def begin(
        self,
        ways: list[Way],
        trials: int,
        quota: int,
        reserve: int,
        remembers: float,
        locks: bool,
        pause_after: int,
        queue: str,
        slots: int,
        pace: float,
        seed: int,
    ) -> None:
        """A sweep whose first attempts go in these ways; what follows them goes well."""

        def script(attempt: Attempt) -> Way:
            place = attempt.trial + 2 * (attempt.number - 1)
            return ways[place] if place < len(ways) and attempt.number < 3 else PLAIN

        options: dict[str, Any] = {"trials": trials, "quota": quota, "seed": seed, "script": script}
        cluster = {"reserve": reserve, "unschedulable_after": 100.0, **(KAI if queue == "kai" else {})}
        if not locks:
            self._stack.enter_context(patch.object(lock, "fcntl", no_locks()))
        self.world = self._stack.enter_context(simulated(**options, cluster=cluster, pause_after=pause_after))
        self.world.volume.remembers = remembers
        self.set_up(queue, slots, script)
        self.judge = Judge(self.world, self.queue)
        self.chance, self.pace = Random(seed), pace
        self.world.start()

    # Time and controllers ----------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.05, 0.5, 2.0, 10.0, 70.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.run(seconds)

    @precondition(lambda self: self.world.living)
    @rule(index=INDEX, power=st.booleans(), torn=st.integers(0, 500))
    def a_controller_dies(self, index: int, power: bool, torn: int) -> None:
        one = self.world.living[index % len(self.world.living)]
        if power:
            self.judge.power_is_about_to_go()
            self.world.volume.drop(one.process, power=lambda unsynced: min(torn, unsynced))
        one.process.die()

    @rule(host=HOSTS, by_force=st.booleans())
    def a_controller_starts(self, host: str, by_force: bool) -> None:
        if len(self.world.controllers) < 8:
            self.world.start(host=host, by_force=by_force)

    @precondition(lambda self: self.world.living)
    @rule(index=INDEX, seconds=st.sampled_from([1.0, 20.0, 100.0]), by_force=st.booleans())
    def a_controller_freezes(self, index: int, seconds: float, by_force: bool) -> None:
        process = self.world.living[index % len(self.world.living)].process
        process.frozen = True
        if by_force:
            self.world.start(host="b", by_force=True)
        self.world.hub.after(seconds, process.thaw)

    @precondition(lambda self: any(not one.process.asleep for one in self.world.living))
    @rule(index=INDEX, minutes=st.sampled_from([0.1, 2.0, 15.0]), by_force=st.booleans(), over=st.booleans())
    def the_machine_of_a_controller_sleeps(
        self, index: int, minutes: float, by_force: bool, over: bool
    ) -> None:
        """For hours if no other controller runs; the cluster goes on, and often until it wakes."""
        awake = [one.process for one in self.world.living if not one.process.asleep]
        seconds = minutes * 60 * (20 if len(awake) == 1 and not by_force else 1)
        self.world.hub.suspend(awake[index % len(awake)], seconds)
        if by_force:
            self.world.start(host="b", by_force=True)
        if over:
            self.world.run(seconds)

    @precondition(lambda self: self.world.living)
    @rule(index=INDEX, hours=st.sampled_from([-1.0, 1.0]))
    def a_clock_is_set(self, index: int, hours: float) -> None:
        self.world.living[index % len(self.world.living)].process.ahead = hours * 3600

    @rule(
        kind=st.sampled_from(["cancel", "retry", "stop", "note", "set"]),
        trial=st.one_of(st.none(), st.integers(0, 2)),
    )
    def somebody_requests(self, kind: str, trial: int | None) -> None:
        self.world.request(kind, None if trial is None else (trial,))

    # The cluster ---------------------------------------------------------------------------------------

    @rule(faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3))
    def requests_go_wrong(self, faults: list[str]) -> None:
        self.world.network.faults.extend(faults)

    @rule(faults=st.lists(st.sampled_from(LOOKS), min_size=1, max_size=2))
    def looks_go_wrong(self, faults: list[str]) -> None:
        self.world.network.reads.extend(faults)

    @rule(count=st.integers(1, DENIALS))
    def deletions_are_denied_for_a_while(self, count: int) -> None:
        more = min(count, DENIALS - self._denied)
        self._denied += more
        self.world.network.denials += more

    @rule(how=st.sampled_from(["cut", "stalled", "expired", "repeated", "reordered"]))
    def watches_go_wrong(self, how: str) -> None:
        self.world.network.hurt(how)

    @rule(seconds=st.sampled_from([1.0, 30.0, 200.0]))
    def the_server_is_away(self, seconds: float) -> None:
        self.world.network.down = True
        self.world.hub.after(seconds, lambda: setattr(self.world.network, "down", False))

    @rule(name=st.sampled_from(["node-0", "node-1"]), power=st.booleans())
    def a_node_is_lost(self, name: str, power: bool) -> None:
        self.world.nodes.lose(name, power=power)

    @rule(name=st.sampled_from(["node-0", "node-1"]))
    def a_node_comes_back(self, name: str) -> None:
        self.world.nodes.find(name)

    @rule(name=st.sampled_from(["node-0", "node-1"]), rejects=st.booleans())
    def a_node_rejects(self, name: str, rejects: bool) -> None:
        self.world.nodes.nodes[name].rejects = rejects

    @precondition(lambda self: self.world.nodes.live())
    @rule(index=INDEX)
    def a_pod_is_evicted(self, index: int) -> None:
        live = self.world.nodes.live()
        self.world.nodes.evict(live[index % len(live)].uid)

    @precondition(lambda self: any(map(is_over, self.world.server.pods())))
    @rule()
    def a_phase_flips(self) -> None:
        over = next(filter(is_over, self.world.server.pods()))
        self.world.nodes.flip(over["metadata"]["uid"])

    @rule(hard=st.integers(0, 5))
    def the_quota_changes(self, hard: int) -> None:
        self.world.server.set_hard(hard)

    @rule(lag=st.sampled_from([0.0, 5.0, 60.0]), counts_after=st.sampled_from([0.05, 10.0]))
    def the_quota_is_counted_late(self, lag: float, counts_after: float) -> None:
        self.world.server.lag, self.world.server.counts_after = lag, counts_after

    # The volume ----------------------------------------------------------------------------------------

    @rule(full=st.booleans())
    def the_volume_fills_up(self, full: bool) -> None:
        self.world.volume.full = full

    @rule(count=st.integers(1, 2))
    def handles_go_stale(self, count: int) -> None:
        self.world.volume.stale = count

    @rule(
        number=st.sampled_from([errno.EIO, errno.ESTALE, errno.ETIMEDOUT]),
        kind=st.sampled_from(["look", "change"]),
        after=st.integers(0, 40),
        count=st.integers(1, DENIALS),
        unheard=st.booleans(),
    )
    def calls_of_the_volume_fail(self, number: int, kind: str, after: int, count: int, unheard: bool) -> None:
        """A few looks, or a few changes, of which nobody hears whether they came to be."""
        calls = iter([0] * after + [number] * count)
        self.world.volume.unheard = unheard
        self.world.volume.sick = lambda found: next(calls, 0) if found == kind else 0

    @rule(seconds=st.sampled_from([0.3, 5.0, 70.0, 300.0]))
    def the_volume_is_away(self, seconds: float) -> None:
        self.world.volume.away = errno.EIO
        self.world.hub.after(seconds, lambda: setattr(self.world.volume, "away", 0))

    # ---------------------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        """And a while passes: drawn as one rule of many, it would mostly not."""
        if hasattr(self, "world"):
            self.world.run(self.pace * self.chance.choice(WHILES))
            hold(self.judge.wrongs())

    def teardown(self) -> None:
        """Once faults stop, the sweep finishes, and then everything adds up."""
        try:
            if hasattr(self, "world"):
                if self.queue:
                    self.queue.slots = 8
                self.world.heal()
                self.world.finish_whatever_pauses()
                hold(self.judge.wrongs_at_the_end())
                self.played.update(histories=1, trials=len(self.world.state().trials))
        finally:
            self._stack.close()


ANY = settings(
    stateful_step_count=20,
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
"""Whatever is drawn. A failure is made as small as it gets, and told as the steps that lead to it."""


def play(count: int, number: int) -> tuple[Counter[str], str]:
    """So many histories, which are others for every `number`: what was played, and the story of a failure."""

    @seed(number)
    class Some(Histories):
        played: ClassVar[Counter[str]] = Counter()

    try:
        run_state_machine_as_test(Some, settings=settings(ANY, max_examples=count))  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001  whatever goes wrong in a history is its story
        return Some.played, "\n".join([str(error), *getattr(error, "__notes__", ())])
    return Some.played, ""
