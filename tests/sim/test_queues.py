"""Nights on clusters with queues, and among others who delete pods."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.core.model import Cause
from sweeper.core.state import Status
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.queue import Queue
from tests.sim.world import World, simulated

KAI = {"queue": "team", "queue_kind": "kai"}


def causes(world: World) -> set[Any]:
    return {cause for trial in world.state().trials for cause in trial.spent}


@pytest.mark.parametrize("scheduler", ["", "kai-scheduler"])
def test_pods_that_wait_in_a_queue_keep_their_places(scheduler: str) -> None:
    """None is ended for waiting for longer than `unschedulable_after`, and the queue is never flooded."""
    cluster = {"unschedulable_after": 40.0, **(KAI if scheduler else {})}
    with simulated(trials=10, quota=16, cluster=cluster) as world:
        judge = Judge(world)
        queue = Queue(world, slots=4, every=50.0, scheduler=scheduler)
        world.start()
        world.finish()
        assert {one.status for one in world.state().trials} == {Status.COMPLETED}
        assert (causes(world), queue.most) == (set(), 8)
        assert len([name for _, name, refused in world.network.creates if not refused]) == 10
        assert list(judge.wrongs_at_the_end()) == []


def test_a_pod_whose_turn_comes_while_every_node_is_lost_runs_once_one_is_back() -> None:
    """The scheduler looks at it again then; until then its place is kept."""
    with simulated(trials=1, cluster=KAI) as world:
        Queue(world, slots=1, every=20.0, scheduler="kai-scheduler")
        for name in world.nodes.nodes:
            world.nodes.lose(name, power=True)
        world.start()
        world.run(600.0)
        assert not world.nodes.containers
        world.nodes.find("node-1")
        assert world.run(60.0, lambda: world.state().counts[Status.COMPLETED])
        assert len(world.network.creates) == 1


@pytest.mark.parametrize("scheduler", ["", "kai-scheduler"])
def test_a_pod_that_may_run_on_no_node_gives_up_its_place_in_the_queue(scheduler: str) -> None:
    """All nodes have rejected pods and are avoided; once they are well again, the trial runs there."""
    with simulated(trials=1, quota=8, cluster={"avoid_after": 1, **(KAI if scheduler else {})}) as world:
        Queue(world, slots=4, every=20.0, scheduler=scheduler)
        for node in world.nodes.nodes.values():
            node.rejects = True
        world.start()
        assert world.run(1000.0, lambda: world.state().trials[0].spent.get(Cause.REJECTED) == 2)
        for node in world.nodes.nodes.values():
            node.rejects = False
        world.finish()
        (trial,) = world.state().trials
        assert trial.status is Status.COMPLETED
        assert trial.spent == {Cause.REJECTED: 2, Cause.UNSCHEDULABLE: 1}


def test_nothing_but_the_queue_limits_pods_where_it_is_one() -> None:
    """With no quota at all, as many run as the queue lets through, and twice as many wait."""
    with simulated(trials=30, quota=30, script=lambda attempt: Way(None), cluster={"gpus": 0}) as world:
        queue = Queue(world, slots=9, every=20.0)
        world.start()
        assert world.run(400.0, lambda: len(queue.running()) == 9 and len(queue.waiting()) == 18)
        world.run(60.0)
        assert (len(queue.running()), len(queue.waiting())) == (9, 18)


def delete(world: World, *, mark: Any = None) -> None:
    """Somebody deletes the first pod of ours that runs."""
    running = [pod for pod in world.server.pods() if pod["status"]["phase"] == "Running"]
    running = [pod for pod in running if "deletionTimestamp" not in pod["metadata"]]
    for pod in running[:1]:
        if mark:
            world.server.change(pod, lambda one: one["status"].update(conditions=[mark]))
        world.server.handle("DELETE", f"/namespaces/lab/pods/{pod['metadata']['name']}", None)


def tell(world: World, component: str, reason: str, message: str) -> None:
    """An event on whatever is asked about."""
    event = {"source": {"component": component}, "reason": reason, "message": message}
    world.server.objects["events", reason] = {"metadata": {"name": reason}, **event}


@pytest.mark.parametrize(
    ("quota", "mark", "event", "cause", "paused"),
    [
        # The quota is full: whoever needs a GPU may take it.
        (2, None, (), Cause.PREEMPTED, ""),
        # There is capacity, and nothing tells of a right to it.
        (4, None, ("reaper", "Idle", "it was deleted"), Cause.DELETED, "by reaper (Idle: it was deleted)"),
        # Preempted, as the pod or an event says.
        (4, {"type": "TerminationTarget", "status": "True"}, (), Cause.PREEMPTED, ""),
        (4, None, ("default-scheduler", "Preempted", "by a/b on n"), Cause.PREEMPTED, ""),
    ],
)  # fmt: skip
def test_deletions_by_others(quota: int, mark: Any, event: Any, cause: Cause, paused: str) -> None:
    """Preemption never pauses a sweep; other deletions do if there are many within an hour, and say whose."""
    with simulated(
        trials=2, quota=quota, script=lambda attempt: Way(None), pause_after=1, retry_after=1.0,
        cluster={"max_parallel": 2, "grace": 5.0},
    ) as world:  # fmt: skip
        if event:
            tell(world, *event)
        world.start()
        for _ in range(6):
            assert world.run(60.0, lambda: world.server.held() == 2) or world.state().paused
            world.run(5.0)
            delete(world, mark=mark)
            world.run(15.0)
        assert causes(world) == {cause}
        assert paused in world.state().paused
        assert bool(paused) == bool(world.state().paused)
