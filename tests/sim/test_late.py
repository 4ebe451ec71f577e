"""Creates that are still under way when everything else is over."""

from __future__ import annotations

from tests.sim.books import hold
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.world import simulated


def test_a_sweep_does_not_end_before_its_creates_are_answered() -> None:
    """The pod ran and was deleted before the answer; the request before it may still make another one."""
    with simulated(cluster={"lease": False}, trials=1, script=lambda attempt: Way(seconds=0.5)) as world:
        judge = Judge(world)
        world.start()
        world.network.faults.extend(["late", "silent"])
        world.finish()
        world.run(100.0)
        hold(judge.wrongs_at_the_end())
