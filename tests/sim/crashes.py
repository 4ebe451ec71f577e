"""A small sweep whose controller dies at each of its effects, and at each two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from sweeper.core.model import Attempt
from tests.sim.effects import Fate
from tests.sim.judge import Judge
from tests.sim.nodes import Way
from tests.sim.world import World, simulated

DEATHS = (Fate.BEFORE, Fate.AFTER, Fate.LOST)
Fates = Mapping[int, Fate]


@dataclass(frozen=True)
class Small:
    """A sweep of `trials`, of which the first `fails` once; effects named `ignored` are not counted.

    The snapshot for readers is one that need not be: no controller ever reads it.
    """

    trials: int
    fails: bool = False
    ignored: str = ""

    def script(self, attempt: Attempt) -> Way:
        return Way(code=1) if self.fails and attempt == Attempt(0, 1) else Way()

    def played(self, fates: Fates) -> AbstractContextManager[World]:
        return simulated(
            trials=self.trials, script=self.script, fates=fates, ignored=self.ignored, retry_after=1.0
        )


FOR_SINGLES = Small(2, fails=True)
FOR_PAIRS = Small(1, ignored="status.json")


def singles(small: Small, fates: Iterable[Fate] = Fate) -> Iterator[Fates]:
    """Every effect with every fate."""
    for fate, place in product(fates, range(1, len(names(small)) + 1)):
        yield {place: fate}


def pairs(small: Small, part: int = 0, parts: int = 1) -> Iterator[Fates]:
    """Every two effects, with every two ways to die; every `parts`-th of them, from the `part`-th on.

    The second is counted on from the first, so that it meets the next controller wherever that is.
    """
    last = len(names(small))
    places = ((first, first + later) for first in range(1, last + 1) for later in range(1, last + 20))
    for number, ((first, second), one, other) in enumerate(product(places, DEATHS, DEATHS)):
        if number % parts == part:
            yield {first: one, second: other}


def wrongs(small: Small, fates: Fates) -> list[str]:
    """What differs from the sweep to which nothing happened, or does not hold."""
    with small.played(fates) as world:
        judge = Judge(world)
        try:
            world.finish(5000.0)
        except AssertionError as error:
            return [f"{fates}: {error}"]
        found = list(judge.wrongs_at_the_end())
        if world.rows() != _undisturbed(small)[0]:
            found.append(f"it comes to {world.rows()}")
        return [f"{fates}: {wrong}" for wrong in found]


def names(small: Small) -> tuple[str, ...]:
    """The effects of the sweep when nothing happens to it."""
    return _undisturbed(small)[1]


@lru_cache
def _undisturbed(small: Small) -> tuple[list[Any], tuple[str, ...]]:
    with small.played({}) as world:
        world.finish()
        return world.rows(), tuple(world.effects.names)
