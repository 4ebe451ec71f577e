"""The metrics that a trial reported while it ran, step by step."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

Number = int | float

_BEST = {"max": max, "min": min}


@dataclass(frozen=True, slots=True)
class Curve:
    """Metrics over steps: numbers only, in the order in which the metrics first appeared.

    Attributes:
        steps: strictly increasing. If the program does not count its steps, they are 1, 2, 3 and so on. Empty
            if the trial has reported nothing (yet).
        series: for each metric one value per step; None if it was not reported at that step. NaN and
            infinities are values like any other.
        axis: what the steps count, as the program names it ("epoch"); "step" if it does not count them.
    """

    steps: tuple[Number, ...] = ()
    series: Mapping[str, tuple[Number | None, ...]] = field(default_factory=dict)
    axis: str = "step"

    def final(self) -> dict[str, Number]:
        """Return the last reported value of every metric."""
        return self._until(len(self.steps))

    def best(self, metric: str, mode: str) -> dict[str, Number]:
        """Return the step at which `metric` was best (the first of equals), and all metrics at that step.

        A metric that was not reported at this step has its last value before it; a metric without an earlier
        value is left out. NaN is never the best value, and an infinity is only if no value is finite. The
        result is empty if `metric` has no value except NaN.

        Args:
            metric: the metric that decides.
            mode: "max" or "min".
        """
        values = self._values(metric)
        known = _countable(values)
        if not known:
            return {}
        best, _ = _BEST[mode](known, key=itemgetter(1))
        return {self.axis: self.steps[best], **self._until(best + 1)}

    def reduce(self, metric: str, how: str) -> Number | None:
        """Return one value of a metric: its "max", "min" or "last", as `how` says.

        The first two use the finite values; if there are none, the infinities; if there is only NaN, the
        result is NaN. "last" is the last value, finite or not. The result is None if the metric has no value.
        """
        values = self._values(metric)
        given = [value for value in values if value is not None]
        if not given:
            return None
        if how == "last":
            return given[-1]
        return _BEST[how]((value for _, value in _countable(values)), default=math.nan)

    def thinned(self, most: int) -> Curve:
        """Return the curve with at most `most` evenly chosen values of every metric, including the last."""
        if len(self.steps) <= most:
            return self
        kept = {name: set(_evenly(_given(values), most)) for name, values in self.series.items()}
        places = sorted(set[int]().union(*kept.values()))
        series = {
            name: tuple(values[place] if place in kept[name] else None for place in places)
            for name, values in self.series.items()
        }
        return Curve(tuple(self.steps[place] for place in places), series, self.axis)

    def after(self, earlier: Curve) -> Curve:
        """Return this curve, preceded by those steps of `earlier` that come before its own first step.

        This applies only to a run that continued from a checkpoint: at least two steps of `earlier`, or all
        of them, come before the first step here. A run from scratch keeps its own curve, even if its first
        step differs a little.
        """
        if not (self.steps and earlier.steps and self.axis == earlier.axis):
            return self
        end = bisect_left(earlier.steps, self.steps[0])
        if end < min(2, len(earlier.steps)):
            return self
        names = {**earlier.series, **self.series}
        before, here = (None,) * end, (None,) * len(self.steps)
        series = {
            name: (*earlier.series.get(name, before)[:end], *self.series.get(name, here)) for name in names
        }
        return Curve((*earlier.steps[:end], *self.steps), series, self.axis)

    def _values(self, metric: str) -> Sequence[Number | None]:
        return self.series.get(metric, self.steps if metric == self.axis else ())

    def _until(self, end: int) -> dict[str, Number]:
        """Return the last value of every metric before the index `end`."""
        found = {name: _last(values, end) for name, values in self.series.items()}
        return {name: value for name, value in found.items() if value is not None}


def _last(values: Sequence[Number | None], end: int) -> Number | None:
    return next((value for value in reversed(values[:end]) if value is not None), None)


def _given(values: Sequence[Number | None]) -> list[int]:
    return [place for place, value in enumerate(values) if value is not None]


def _evenly(places: Sequence[int], most: int) -> Sequence[int]:
    if len(places) <= most:
        return places
    return [places[round(at * (len(places) - 1) / (most - 1))] for at in range(most)]


def _countable(values: Sequence[Number | None]) -> list[tuple[int, Number]]:
    """Return indexes and values of the numbers that can be the best: finite ones, or else infinities."""
    numbers = [(place, value) for place, value in enumerate(values) if value is not None and value == value]
    return [(place, value) for place, value in numbers if abs(value) != math.inf] or numbers
