"""After the machine has slept, what is known of the cluster is old: what to wait for before acting. Pure.

A pod that was pending hours ago may run now, and another controller may have taken the sweep over. So
nothing is judged, and nothing is asked for, until a LIST that was sent after the sleep has been taken in
and the lease has been renewed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

SLEPT = 1.0
"""Seconds of sleep that are noticed: connections survive less."""

STOPPED = 60.0
"""Seconds for which a process that did not run (SIGSTOP, a frozen container) may act as if it had run."""

OPTIONAL = 60.0
"""For so many seconds the lease and what is not vital are waited for: a member may have no right to them."""


class Clocks(NamedTuple):
    """Both clocks at one moment: `boot` counts the time asleep, `awake` does not."""

    boot: float
    awake: float


def stood_still(before: Clocks, now: Clocks, meant: float = math.inf) -> float:
    """For how many seconds the machine slept or the process was stopped between two moments.

    Args:
        before: the clocks at the former moment.
        now: the clocks at the later one.
        meant: for how many seconds the process meant to wait; infinite if it was at work.
    """
    passed = now.boot - before.boot
    asleep = passed - (now.awake - before.awake)
    if asleep > SLEPT:
        return asleep
    return passed - meant if passed - meant > STOPPED else 0.0


@dataclass(frozen=True, slots=True)
class Wakeup:
    """What is waited for since `at` (boot clock): a LIST of each of `kinds`, above all of the `vital` one.

    `why` says, for people, what made it necessary.
    """

    at: float = -math.inf
    kinds: frozenset[str] = frozenset()
    vital: str = ""
    leased: bool = True
    why: str = ""

    @classmethod
    def now(cls, at: float, kinds: Iterable[str], vital: str, *, has_lease: bool, why: str) -> Wakeup:
        """Everything has to be asked again."""
        return cls(at, frozenset(kinds), vital, leased=not has_lease, why=why)

    def is_outdated(self, began: float) -> bool:
        """Was an answer asked for before the sleep?"""
        return began < self.at

    def listed(self, kind: str) -> Wakeup:
        """A LIST that is not outdated has been taken in."""
        return replace(self, kinds=self.kinds - {kind}) if kind in self.kinds else self

    def renewed(self, at: float) -> Wakeup:
        """The lease was found to be ours, when it was asked for at this time."""
        return self if self.leased or at < self.at else replace(self, leased=True)

    def is_over(self, now: float) -> bool:
        """May things be judged and asked for again?"""
        if self.leased and not self.kinds:
            return True
        return self.vital not in self.kinds and now - self.at > OPTIONAL
