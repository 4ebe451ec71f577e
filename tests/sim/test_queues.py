"""Nights on clusters with queues, and among others who delete pods."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.state import Status
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.queue import Queue
from tests.sim.world import World, simulated

HOUR = 3600.0
KAI = {"queue": "team", "queue_kind": "kai"}


def causes(world: World) -> set[Any]:
    return {cause for trial in world.state().trials for cause in trial.spent}


@pytest.mark.parametrize("scheduler", ["", "kai-scheduler"])
def test_pods_that_wait_in_a_queue_keep_their_places(scheduler: str) -> None:
    """None is ended for waiting for longer than `unschedulable_after`, and the queue is never flooded."""
    cluster = {"unschedulable_after": 100.0, **(KAI if scheduler else {})}
    with simulated(trials=10, quota=16, cluster=cluster) as world:
        judge = Judge(world)
        queue = Queue(world, slots=4, every=120.0, scheduler=scheduler)
        world.start()
        world.finish()
        assert {one.status for one in world.state().trials} == {Status.COMPLETED}
        assert (causes(world), queue.most) == (set(), 8)
        assert len([name for _, name, refused in world.network.creates if not refused]) == 10
        assert list(judge.wrongs_at_the_end()) == []


def test_nothing_but_the_queue_limits_pods_where_it_is_one() -> None:
    """With no quota at all, as many run as the queue lets through, and twice as many wait."""
    with simulated(trials=30, quota=30, script=lambda attempt: Way(None), cluster={"gpus": 0}) as world:
        queue = Queue(world, slots=9, every=20.0)
        world.start()
        assert world.run(400.0, lambda: len(queue.running()) == 9 and len(queue.waiting()) == 18)
        world.run(60.0)
        assert (len(queue.running()), len(queue.waiting())) == (9, 18)
