"""What a trial reported while it ran: its metrics, step by step."""

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

    `steps` grow strictly, and every series is as long as they are: None stands where a metric was not
    given at that step. NaN and infinities are values like others. `axis` is the name of what the steps
    count, as the program calls it ("epoch"); where it counts nothing itself they are 1, 2, 3 …, and
    `axis` is "step". A curve without steps is that of a trial that has reported nothing (yet).
    """

    steps: tuple[Number, ...] = ()
    series: Mapping[str, tuple[Number | None, ...]] = field(default_factory=dict)
    axis: str = "step"

    def final(self) -> dict[str, Number]:
        """The last value that was given of every metric."""
        return self._until(len(self.steps))

    def best(self, metric: str, mode: str) -> dict[str, Number]:
        """The step at which `metric` was best, the first of several such, and all metrics as they stood.

        `mode` is max or min. A metric that was not given at this very step has its last value before
        it; one that had none yet is not there. NaN is never the best value, and an infinity is the best
        only if no value is finite. Empty if `metric` has no value but NaN.
        """
        values = self._values(metric)
        known = _countable(values)
        if not known:
            return {}
        best, _ = _BEST[mode](known, key=itemgetter(1))
        return {self.axis: self.steps[best], **self._until(best + 1)}

    def reduce(self, metric: str, how: str) -> Number | None:
        """One value of a metric: its max, min or last, as `how` says.

        `max` and `min` use the finite values; if there are none, the infinities; if there is only NaN, the
        result is NaN. `last` is the last value, finite or not. None if the metric has no value.
        """
        values = self._values(metric)
        given = [value for value in values if value is not None]
        if not given:
            return None
        if how == "last":
            return given[-1]
        return _BEST[how]((value for _, value in _countable(values)), default=math.nan)

    def thinned(self, most: int) -> Curve:
        """The same with at most `most` values of every metric: evenly taken, the last among them."""
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
        """This curve, with the steps of `earlier` before its own first step put in front.

        Only if it went on from a checkpoint: at least two steps of `earlier`, or all of them, come before its
        first one. A run from scratch keeps its own curve, even if its first step differs a little.
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
        """The last value of every metric before the place `end`."""
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
    """Places and values of what can be the best: finite numbers, or where there are none, infinities."""
    numbers = [(place, value) for place, value in enumerate(values) if value is not None and value == value]
    return [(place, value) for place, value in numbers if abs(value) != math.inf] or numbers
