"""Controllers on two hosts whose volume has no file locks: the heartbeat and the terms keep them apart."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from sweeper.core.errors import SupersededError, SweepHeldError
from sweeper.store import lock
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.world import World, simulated


@pytest.fixture(params=[1, 2], ids="seed {}".format)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Trials of a minute, no locks, no lease; in the end the sweep finishes and nothing is wrong."""

    def flock(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    without = SimpleNamespace(flock=flock, LOCK_SH=1, LOCK_EX=2, LOCK_NB=4, LOCK_UN=8)
    with (
        patch.object(lock, "fcntl", without),
        simulated(
            trials=3,
            script=lambda attempt: Way(seconds=60.0),
            seed=request.param,
            cluster={"lease": False},
        ) as one,
    ):
        judge = Judge(one)
        yield one
        one.finish()
        assert list(judge.wrongs_at_the_end()) == []


def test_one_that_lives_on_another_host_is_not_disturbed(world: World) -> None:
    """Whoever comes is refused within a few seconds, with its name."""
    first = world.start(host="a")
    world.run(10.0)
    for host in ("b", "a", "b"):
        second = world.start(host=host)
        assert world.run(10.0, lambda one=second: one.is_over)
        assert isinstance(second.failed, SweepHeldError)
        assert "process 1 on a" in str(second.failed)
    assert not first.is_over


def test_one_that_froze_is_followed_from_another_host_and_leaves_when_it_wakes(world: World) -> None:
    """After half a minute without a beat; on its own host it is still alive."""
    first = world.start(host="a")
    world.run(10.0)
    first.process.frozen = True
    here = world.start(host="a")
    assert world.run(5.0, lambda: here.is_over)
    assert isinstance(here.failed, SweepHeldError)
    second = world.start(host="b")
    world.run(25.0)
    assert world.folder.read().term == 2
    world.run(20.0)
    assert world.folder.read().term == 3
    first.process.thaw()
    assert world.run(30.0, lambda: first.is_over)
    assert isinstance(first.failed, SupersededError)
    assert not second.is_over


def test_one_that_was_killed_is_followed_at_once_on_its_host_and_soon_on_another(world: World) -> None:
    """The process table of the one tells, the heartbeat tells the other."""
    for host, seconds in (("a", 1.0), ("b", 35.0)):
        former = world.start(host="a")
        world.run(10.0)
        former.process.die()
        term = world.folder.read().term
        following = world.start(host=host)
        assert world.run(seconds, lambda term=term: world.folder.read().term > term)
        assert not following.is_over
        following.process.die()


def test_of_several_that_start_at_once_on_several_hosts_one_goes_on(world: World) -> None:
    """All others are refused, or have lost the sweep before they did anything."""
    all_of_them = [world.start(host=host) for host in ("a", "b", "c", "a", "b")]
    world.run(60.0)
    living = [one for one in all_of_them if not one.is_over]
    assert len(living) == 1
    for one in all_of_them:
        assert one is living[0] or isinstance(one.failed, SweepHeldError | SupersededError)
