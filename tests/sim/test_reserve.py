"""Two sweeps beside each other, in one namespace: the reserve stays free, and everybody gets a first GPU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.core.model import Attempt, Cause, Status
from sweeper.core.records import Ended
from tests.sim.nodes import Way
from tests.sim.people import ask_for
from tests.sim.server import GPU, charge
from tests.sim.world import World, side_by_side

OTHER = SweepLabel("4567cdef", "another")


def sweep(user: str, script: Callable[[Attempt], Way], trials: int = 1, **more: Any) -> dict[str, Any]:
    """A sweep of a member's that leaves one GPU free."""
    own = {"reserve": 1, "user": user, "labels": {"user": user}}
    return {"cluster": own, "trials": trials, "script": script, **more}


def taken(world: World, seconds: float, until: Callable[[], bool]) -> Iterator[float]:
    """For how many seconds at a stretch nothing is free, of the next so many.

    Unless a member holds a single GPU: that may be the last one.
    """
    since, end = None, world.hub.now + seconds
    while world.hub.now < end and not until():
        world.run(0.1)
        held = Counter(pod["metadata"]["labels"]["user"] for pod in world.server.pods() if charge(pod))
        if held.total() < world.server.hard or min(held.values()) == 1:
            if since is not None:
                yield world.hub.now - since
            since = None
        elif since is None:
            since = world.hub.now


@pytest.mark.parametrize("second", ["lis", "ada"], ids=["of one member", "of two members"])
def test_two_sweeps_leave_the_reserve_free(second: str) -> None:
    """Both see a GPU that is freed and both take it; the newer pod goes back before it runs.

    It costs no trial a try, happens at most once for each GPU that is freed, and both sweeps finish.
    """

    def script(attempt: Attempt) -> Way:
        return Way(seconds=45.0 if attempt.trial == 0 else 7.0 + attempt.trial % 3)

    options = sweep("lis", script, 12, quota=8, seed=3), sweep(second, script, 12, label=OTHER)
    with side_by_side(*options) as both:
        for one in both:
            one.start()
        gone = list(taken(both[0], 300.0, lambda: not any(one.living for one in both)))
        causes = Counter(
            record.outcome.cause for one in both for record in one.records() if isinstance(record, Ended)
        )
        assert [one.state().counts[Status.COMPLETED] for one in both] == [12, 12]
    assert causes.keys() == {Cause.COMPLETED, Cause.RETURNED}
    assert causes[Cause.RETURNED] <= 12
    assert max(gone, default=0.0) < 1.5


@pytest.mark.parametrize(("user", "gets"), [("ada", True), ("lis", False)])
def test_a_member_who_holds_nothing_gets_the_last_gpu(user: str, gets: bool) -> None:
    """Everyone can use at least one: the reserve binds only beyond a member's first GPU."""
    stays = sweep("lis", lambda attempt: Way(None), 4, quota=4)
    comes = sweep(user, lambda attempt: Way(), 2, label=OTHER)
    with side_by_side(stays, comes) as (first, second):
        first.start()
        assert first.run(20.0, lambda: first.server.held() == 3)
        second.start()
        assert second.run(30.0, lambda: second.state().counts[Status.COMPLETED] == 2) is gets
        assert first.state().counts[Status.RUNNING] == 3


def test_whoever_holds_a_gpu_by_hand_is_owed_none() -> None:
    """Whose the pod is counts, not what it was made with."""
    hand = {
        "metadata": {"name": "by-hand", "labels": {"user": "lis"}},
        "spec": {"containers": [{"resources": {"limits": {GPU: "1"}}}]},
    }
    with side_by_side(sweep("lis", lambda attempt: Way(), 2, quota=2)) as (world,):
        ask_for(world, hand)
        world.start()
        world.run(30.0)
        assert (world.server.held(), world.state().counts[Status.QUEUED]) == (1, 2)
        world.server.drop(world.server.pods()[0])
        assert world.run(60.0, lambda: world.state().counts[Status.COMPLETED] == 2)


def test_a_quota_that_counts_too_little_hides_nothing() -> None:
    """After two creates at once a quota may say for minutes that less is used: the pods tell the truth."""
    options = [
        sweep("lis", lambda attempt: Way(None), 2, **more) for more in ({"quota": 4}, {"label": OTHER})
    ]
    with side_by_side(*options) as both:
        server = both[0].server
        count = server._count
        server._count = lambda used: count(min(used, 3))  # type: ignore[method-assign]
        for one in both:
            one.start()
        assert both[0].run(5.0, lambda: server.held() == 4)
        assert both[0].run(5.0, lambda: server.held() == 3)
        both[0].run(20.0)
        assert server.held() == 3
