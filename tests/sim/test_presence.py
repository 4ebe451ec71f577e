"""Controllers on two hosts whose volume has no file locks: the heartbeat and the terms keep them apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from sweeper.core.errors import SupersededError, SweepHeldError
from sweeper.store import heartbeat, lock
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.others import no_locks
from tests.sim.world import World, simulated


@contextmanager
def without_locks(seed: int, **cluster: Any) -> Iterator[World]:
    """Trials of a minute, no locks; in the end the sweep finishes and nothing is wrong."""
    with (
        patch.object(lock, "fcntl", no_locks()),
        simulated(trials=3, script=lambda attempt: Way(seconds=60.0), seed=seed, cluster=cluster) as one,
    ):
        judge = Judge(one)
        yield one
        one.finish()
        assert list(judge.wrongs_at_the_end()) == []


@pytest.fixture(params=[1, 2], ids="seed {}".format)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Without a lease."""
    with without_locks(request.param, lease=False) as one:
        yield one


@pytest.fixture(params=[1, 2], ids="seed {}".format)
def leased(request: pytest.FixtureRequest) -> Iterator[World]:
    """With a lease, whose controllers leave no heartbeat: another host sees nothing of them in the folder."""
    with (
        without_locks(request.param) as one,
        patch.object(heartbeat, "publish"),
        patch.object(heartbeat, "replace"),
    ):
        yield one


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


def test_one_that_only_the_cluster_knows_is_not_disturbed(leased: World) -> None:
    """Whoever comes from another host sees its lease renewed, and leaves without a term of its own."""
    first = leased.start(host="a")
    leased.run(10.0)
    second = leased.start(host="b")
    assert leased.run(20.0, lambda: second.is_over)
    assert isinstance(second.failed, SweepHeldError)
    assert "lis@a:1" in str(second.failed)
    assert leased.folder.read().term == 2
    assert not leased.run(30.0, lambda: first.is_over)


def test_one_that_was_killed_elsewhere_is_followed_when_its_lease_ends(leased: World) -> None:
    """The next one waits, and says how long; on the same host it need not."""
    leased.start(host="a")
    leased.run(50.0)
    leased.controllers[-1].process.die()
    second = leased.start(host="b")
    assert leased.run(63.0, lambda: leased.folder.read().term == 3)
    assert not second.is_over
    waits, unlocked = second.messages
    assert waits.split(" s to see")[0].rstrip("0123456789") == "waiting up to "
    assert unlocked.startswith("file locks do not work on this volume")
    second.process.die()
    third = leased.start(host="b")
    assert leased.run(2.0, lambda: leased.folder.read().term == 4)
    assert (third.is_over, third.messages) == (False, [unlocked])


def test_a_lease_outlives_a_takeover_and_a_deletion_by_hand(leased: World) -> None:
    """The former controller leaves the new one's lease alone, and one that somebody deleted is made again."""
    former = leased.start(host="a")
    leased.run(10.0)
    taking = leased.start(host="b", by_force=True)
    assert leased.run(30.0, lambda: former.is_over)
    leased.run(10.0)
    (name,) = [name for kind, name in leased.server.objects if kind == "leases"]
    assert holder_of(leased) == "lis@b:2"
    leased.server.handle("DELETE", f"/namespaces/lab/leases/{name}", {})
    assert leased.run(20.0, lambda: holder_of(leased) == "lis@b:2")
    assert not taking.is_over


def holder_of(world: World) -> str:
    """Whom the lease names; empty if there is none."""
    return next(
        (
            one["spec"]["holderIdentity"]
            for (kind, _), one in world.server.objects.items()
            if kind == "leases"
        ),
        "",
    )
