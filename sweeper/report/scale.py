"""Chooses the axis for the values of a parameter: linear, logarithmic, or names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any, Literal

from sweeper.results.cells import can_be_drawn, readable

_LEAST_RATIO = 4.0
_PAIR_RATIO = 10.0


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis; `levels` are the distinct values in their order on it."""

    kind: Literal["linear", "log", "names"]
    levels: tuple[Any, ...]

    def places(self, values: Sequence[Any]) -> list[float]:
        """Return the positions of values as numbers: logarithms for "log", indexes of levels for "names"."""
        if self.kind == "names":
            known = {_mark(level): float(place) for place, level in enumerate(self.levels)}
            return [known[_mark(value)] for value in values]
        return [math.log10(value) if self.kind == "log" else float(value) for value in values]


def make_scale(values: Sequence[Any]) -> Scale:
    """Return the axis for these values, which may have any type.

    Numbers are logarithmic if the steps between them are more even that way (1, 2, 4, 8; 1e-4, 1e-3). Values
    that are not all finite numbers are names, sorted, with numbers first.
    """
    levels = list({_mark(value): value for value in values}.values())
    if not levels or not all(map(can_be_drawn, levels)):
        return Scale("names", tuple(sorted(levels, key=_order)))
    levels.sort()
    return Scale("log" if _is_logarithmic(levels) else "linear", tuple(levels))


def _is_logarithmic(levels: Sequence[float]) -> bool:
    if len(levels) < 2 or levels[0] <= 0 or levels[-1] < _LEAST_RATIO * levels[0]:
        return False
    if len(levels) == 2:
        return levels[1] >= _PAIR_RATIO * levels[0]
    return _unevenness([math.log(level) for level in levels]) < _unevenness(levels)


def _unevenness(places: Sequence[float]) -> float:
    """Return the standard deviation of the steps between neighbours, divided by their mean."""
    steps = [after - before for before, after in pairwise(places)]
    return pstdev(steps) / fmean(steps)


def _mark(value: Any) -> tuple[str, str]:
    """Return a key that is equal for values at the same position: `1` and `1.0`, but not `1` and `true`."""
    kind = (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )
    return kind, repr(float(value)) if kind == "number" and abs(value) < 2**53 else repr(value)


def _order(value: Any) -> tuple[bool, float, str]:
    if can_be_drawn(value):
        return False, float(value), ""
    return True, 0.0, readable(value)
