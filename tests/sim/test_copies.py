"""Somebody copies our pods' YAML, with all labels and annotations, while a sweep runs and is resumed."""

from __future__ import annotations

import pytest

from sweeper.core.model import Cause, Status
from sweeper.core.records import Abandoned, Ended
from tests.sim.books import hold
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.people import copy_pod
from tests.sim.world import World, simulated


def copied(world: World, *how: str) -> None:
    """Every pod that was ever made is copied in these ways."""
    for pod in list(world.network.made):
        for one in how:
            copy_pod(world, pod, one)


@pytest.mark.parametrize("fault", ["", "late"])
def test_copies_are_left_alone_and_nothing_is_lost(fault: str) -> None:
    """They come while creates are under way, before a resume and after it, and stay as they are."""
    ways = {1: Way(seconds=30.0, code=1)}
    with simulated(trials=4, quota=60, script=lambda attempt: ways.get(attempt.number, Way(30.0))) as world:
        judge = Judge(world)
        for node in world.nodes.nodes.values():
            node.gpus = 40  # the copies hold some as well
        first = world.start()
        if fault:
            world.network.faults.append(fault)
        world.run(100.0, until=lambda: world.network.made)
        copied(world, "another", "next")
        world.run(10.0)
        first.process.die()
        copied(world, "another")
        world.start(host="b")
        world.run(60.0, until=lambda: any(isinstance(one, Ended) for one in world.records()))
        world.run(2.0)
        copied(world, "same", "next")
        state = world.finish()
        hold(judge.wrongs_at_the_end())
        there = {pod["metadata"]["uid"] for pod in world.server.pods()}
        assert there == set(world.copies)
        assert len(there) >= 4
        assert [one.status for one in state.trials] == [Status.COMPLETED] * 4
        assert all(one.spent == {Cause.ERROR: 1} for one in state.trials)
        assert any(isinstance(one, Abandoned) for one in world.records())
