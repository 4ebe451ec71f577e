"""A night on a volume in trouble: the controller waits for it, and everything comes out right."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from functools import partial
from itertools import count
from random import Random

from sweeper.clusters.kubernetes import lease
from sweeper.core.errors import CvsweepError, TransientStorageError
from sweeper.core.model import Attempt, Status
from tests.conftest import PLAYED
from tests.sim.books import hold
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.world import SWEEP, simulated


def test_looks_that_fail_now_and_then_end_no_controller() -> None:
    """A quarter of the looks at the volume fail: one controller still brings the sweep to its end."""
    chance, failed = Random(0), []

    def sick(kind: str) -> int:
        if kind != "look" or chance.random() > 0.25:
            return 0
        failed.append(kind)
        return chance.choice([errno.EIO, errno.ESTALE])

    with simulated(trials=3, script=lambda attempt: Way(code=int(attempt == Attempt(0, 1)))) as world:
        judge = Judge(world)
        world.start()
        world.run(1.0, until=lambda: world.server.pods())
        world.volume.sick = sick
        state = world.finish()
        hold(judge.wrongs_at_the_end())
    assert state.counts[Status.COMPLETED] == 3
    assert [one.failed for one in world.controllers] == [None]
    assert len(failed) > 30


def test_whatever_look_fails_while_a_sweep_is_taken_there_is_a_line_about_it() -> None:
    """It is looked again, or the controller says what could not be looked at; the next one goes on.

    Every third look fails here, for the mutants every one.
    """
    errors: list[CvsweepError | None] = []
    for place in count(step=round(1 / PLAYED)):
        looks = iter([0] * place + [errno.ESTALE])
        with simulated(trials=1, script=lambda attempt: Way(seconds=0.0)) as world:
            world.volume.sick = partial(sick_at, looks)
            one = world.start()
            world.run(3.0, until=lambda: world.server.pods())
            if next(looks, None) is not None:
                break
            errors.append(one.failed)
            assert world.finish().counts[Status.COMPLETED] == 1
    assert len(errors) > 30 * PLAYED
    assert {type(error) for error in errors if error} == {TransientStorageError}


def sick_at(looks: Iterator[int], kind: str) -> int:
    """The next look fails with the next of these errors."""
    return next(looks, 0) if kind == "look" else 0


def test_a_controller_outlives_an_outage_and_keeps_its_lease() -> None:
    """For five minutes nothing of the volume can be read: nobody else gets the sweep, and nothing is lost."""
    with simulated(trials=3, script=lambda attempt: Way(seconds=40.0)) as world:
        judge = Judge(world)
        one = world.start()
        world.run(60.0, until=lambda: world.state().counts[Status.RUNNING])
        world.volume.sick = lambda kind: errno.ETIMEDOUT if kind == "look" else 0
        before = len(world.effects.names)
        world.run(5 * lease.LASTS)
        renewals = world.effects.names[before:].count(f"PUT cvsweep-{SWEEP.id}")
        assert renewals >= 5 * lease.LASTS / lease.RENEW_EVERY - 1
        world.volume.sick = lambda kind: 0
        assert not one.is_over
        assert world.living == [one]
        state = world.finish()
        hold(judge.wrongs_at_the_end())
    assert state.counts[Status.COMPLETED] == 3
    assert world.controllers == [one]
