"""What to wait for before acting after the machine has slept, when the pod tracker is outdated. Pure.

A pod that was pending hours ago may run now, and another controller may have taken the sweep over. So
nothing is judged or requested until a LIST that was sent after the sleep has been received and the lease
has been renewed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

SLEPT = 1.0
"""A sleep longer than this many seconds has consequences; connections survive a shorter one."""

STOPPED = 60.0
"""A stop (SIGSTOP, a frozen container) longer than this many seconds is treated as a sleep."""

OPTIONAL = 60.0
"""Seconds to wait, at most, for the lease and for kinds that are not vital: the member may lack rights."""


class Clocks(NamedTuple):
    """Both clocks at one moment: `boot` counts the time asleep, `awake` does not."""

    boot: float
    awake: float


def stood_still(before: Clocks, now: Clocks, meant: float = math.inf) -> float:
    """Return for how many seconds the machine slept or the process was stopped; 0 if not for long.

    Args:
        before: the clocks at the earlier moment.
        now: the clocks at the later moment.
        meant: how many seconds the process intended to wait between the two; infinite if it was working.
    """
    passed = now.boot - before.boot
    asleep = passed - (now.awake - before.awake)
    if asleep > SLEPT:
        return asleep
    return passed - meant if passed - meant > STOPPED else 0.0


@dataclass(frozen=True, slots=True)
class Wakeup:
    """What must be received before the controller acts again.

    Attributes:
        at: when the cluster had to be read again; older answers are outdated (boot clock).
        kinds: the kinds of which a LIST is still awaited.
        vital: the kind without whose LIST the controller never acts.
        leased: whether the lease has been confirmed since `at`, or none is used.
        why: the reason for reading again, for people.
    """

    at: float = -math.inf
    kinds: frozenset[str] = frozenset()
    vital: str = ""
    leased: bool = True
    why: str = ""

    @classmethod
    def now(cls, at: float, kinds: Iterable[str], vital: str, *, has_lease: bool, why: str) -> Wakeup:
        """Return the state in which everything must be read again from `at` on."""
        return cls(at, frozenset(kinds), vital, leased=not has_lease, why=why)

    def is_outdated(self, began: float) -> bool:
        """Return True if a request that was sent at `began` was sent before the sleep ended."""
        return began < self.at

    def listed(self, kind: str) -> Wakeup:
        """Return the state after a current LIST of `kind`."""
        return replace(self, kinds=self.kinds - {kind}) if kind in self.kinds else self

    def renewed(self, at: float) -> Wakeup:
        """Return the state after the lease was confirmed by a request that was sent at `at`."""
        return self if self.leased or at < self.at else replace(self, leased=True)

    def is_over(self, now: float) -> bool:
        """Return True if the controller may judge and request again."""
        if self.leased and not self.kinds:
            return True
        return self.vital not in self.kinds and now - self.at > OPTIONAL
