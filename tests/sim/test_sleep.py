"""A laptop that controls a sweep sleeps for hours; the cluster, and other hosts, go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from sweeper.core.errors import SupersededError
from sweeper.core.model import Cause, Outcome
from sweeper.core.records import Ended
from tests.sim.books import hold
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.world import World, simulated

HOURS = 3600.0


@contextmanager
def judged(
    seconds: float | None, causes: Sequence[Cause] = (Cause.COMPLETED,), **options: Any
) -> Iterator[World]:
    """Trials of so many seconds. In the end the sweep is done, nothing is wrong, and attempts ended so."""
    with simulated(**{"trials": 1, "script": lambda attempt: Way(seconds=seconds)} | options) as world:
        judge = Judge(world)
        world.start()
        yield world
        world.finish()
        hold(judge.wrongs_at_the_end())
        assert [one.cause for one in ended(world)] == list(causes)


def sleep(world: World, seconds: float) -> None:
    """The newest controller's machine sleeps, and has just woken."""
    world.hub.suspend(world.controllers[-1].process, seconds)
    world.run(seconds)


def stop(world: World, seconds: float) -> None:
    """The newest controller's process is stopped (SIGSTOP, a frozen container), and has just gone on."""
    process = world.controllers[-1].process
    process.frozen = True
    world.hub.after(seconds, process.thaw)
    world.run(seconds)


def ended(world: World) -> list[Outcome]:
    """The outcomes that are recorded."""
    return [one.outcome for one in world.records() if isinstance(one, Ended)]


def test_a_pod_that_found_its_node_during_the_sleep_is_not_given_up_as_unschedulable() -> None:
    """What was seen of it before says nothing of it now."""
    with judged(2 * HOURS + 60.0) as world:
        world.nodes.holds_back = lambda pod: True
        world.run(20.0)
        (pod,) = world.server.pods()
        assert not pod["spec"].get("nodeName")
        world.nodes.holds_back = lambda pod: False
        world.nodes.take(pod)
        sleep(world, 2 * HOURS)


@pytest.mark.parametrize("still", [sleep, stop])
def test_a_pod_that_still_finds_no_node_is_given_the_time_that_nobody_watched(
    still: Callable[[World, float], None],
) -> None:
    """Only what is seen to wait in vain does."""
    few = {"unschedulable_after": 40.0}
    with judged(5.0, [Cause.UNSCHEDULABLE, Cause.COMPLETED], cluster=few, retry_after=1.0) as world:
        world.nodes.holds_back = lambda pod: True
        world.run(25.0)
        still(world, 2 * HOURS)
        world.run(10.0)
        assert not ended(world)
        assert world.run(20.0, lambda: ended(world))
        world.nodes.holds_back = lambda pod: False


def test_the_limit_of_a_pod_counts_the_time_asleep() -> None:
    """The cluster's time: of a pod that ran for longer than it may, however its controller slept."""
    with judged(None, [Cause.DEADLINE], time_limit=600.0) as world:
        world.run(60.0)
        sleep(world, HOURS)
        assert world.run(60.0, lambda: ended(world))
        (outcome,) = ended(world)
        assert outcome.cause is Cause.DEADLINE
        assert HOURS < outcome.seconds < HOURS + 120.0


def test_nothing_is_decided_after_a_sleep_until_the_server_answers() -> None:
    """Neither a limit nor a launch: what runs is not known before. What had run has ended well in time."""
    with judged(20.0, [Cause.COMPLETED] * 4, trials=4, quota=2, time_limit=600.0) as world:
        world.run(10.0)
        world.network.down = True
        sleep(world, HOURS)
        before, creates = len(world.records()), len(world.network.creates)
        world.run(120.0)
        assert (len(world.records()), len(world.network.creates)) == (before, creates)
        world.network.down = False


def test_a_watch_whose_line_died_during_the_sleep_is_not_waited_for() -> None:
    """It would bring nothing, and end by itself only after a minute awake."""
    with judged(600.0) as world:
        world.run(30.0)
        sleep(world, HOURS)
        assert world.run(5.0, lambda: ended(world))


def test_another_host_that_took_the_sweep_over_meanwhile_keeps_it() -> None:
    """Whoever wakes asks for nothing more, and leaves."""
    with judged(210.0) as world:
        world.run(10.0)
        (sleeper,) = world.controllers
        world.hub.suspend(sleeper.process, 200.0)
        world.run(70.0)
        second = world.start(host="b", by_force=True)
        world.run(130.0)
        asked = len(sleeper.log)
        assert world.run(30.0, lambda: sleeper.is_over)
        assert isinstance(sleeper.failed, SupersededError)
        assert (second.is_over, len(sleeper.log)) == (False, asked)


@pytest.mark.parametrize("seed", range(4))
def test_whoever_wakes_after_a_take_over_sends_no_create_that_was_to_be_tried_again(seed: int) -> None:
    """The other host has looked for late pods long before, and would leave this one behind."""
    with judged(5.0, seed=seed) as world:
        world.network.faults.extend(["500 quota"] * 20)
        world.run(1.0)
        world.hub.suspend(world.controllers[-1].process, 200.0)
        world.network.faults.clear()
        second = world.start(host="b", by_force=True)
        assert world.run(150.0, lambda: second.is_over)
        world.run(100.0)
        assert len(world.network.made) == 1


def test_a_deletion_that_was_denied_before_a_sleep_is_asked_for_until_it_works() -> None:
    """A denial is believed, and a pod is no longer waited for, after minutes in which somebody asked."""
    with judged(HOURS / 2) as world:
        assert world.run(60.0, lambda: world.nodes.live())
        world.network.denials = 1000
        world.request("cancel")
        world.run(5.0)
        sleep(world, HOURS)
        world.run(20.0)
        sleep(world, HOURS)
        world.network.denials = 0


def test_an_eviction_that_a_rebooted_node_writes_over_is_no_failure_of_the_program() -> None:
    """All that is left of it is the TERM in the record, and a container that was killed."""
    saving = {"script": lambda attempt: Way(None, on_term="saves") if attempt.number == 1 else Way()}
    with judged(None, [Cause.DELETED, Cause.COMPLETED], **saving) as world:
        assert world.run(60.0, lambda: world.nodes.live())
        (container,) = world.nodes.live()
        world.hub.suspend(world.controllers[-1].process, HOURS)
        world.nodes.evict(container.uid)
        world.run(60.0)
        assert container.recorded == 3
        world.nodes.lose(container.node.name, power=True)
        world.run(60.0)
        world.nodes.find(container.node.name)
        world.run(HOURS)
