"""Means and deviations of metrics, of which some may be missing, NaN or infinite."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sweeper.core.model import Value

_SMALL, _LARGE = 1e-100, 1e100
"""Between them neither a number's square nor the sum of millions of them leaves a float's range."""


@dataclass(frozen=True, slots=True)
class Spread:
    """`count` numbers, their mean, and their sample standard deviation.

    `mean` is None where there is no number, `std` where there are fewer than two.
    """

    count: int
    mean: float | None
    std: float | None


def spread(values: Iterable[Value]) -> Spread:
    """Over what are numbers, as pandas has it: neither missing values nor NaN count."""
    numbers = [number for number in map(number_of, values) if number is not None]
    if not numbers:
        return Spread(0, None, None)
    if len(numbers) == 1:
        return Spread(1, numbers[0], None)
    if min(numbers) == max(numbers):  # what is added up and divided need not come out the same
        return Spread(len(numbers), numbers[0], 0.0 if math.isfinite(numbers[0]) else math.nan)
    # Divided by a power of two, which changes no digit: sums and squares stay within a float's range.
    power = _power(max(map(abs, numbers)))
    scaled = [math.ldexp(number, -power) for number in numbers]
    mean = _sum(scaled) / len(scaled)
    square = _sum([(number - mean) * (number - mean) for number in scaled]) / (len(scaled) - 1)
    return Spread(len(numbers), _scaled(mean, power), _scaled(math.sqrt(square), power))


def number_of(value: Value) -> float | None:
    """The value as a number; None for what is none, NaN included."""
    if not isinstance(value, (bool, int, float)):
        return None
    number = float_of(value)
    return None if math.isnan(number) else number


def float_of(value: int | float) -> float:
    """The number as a float; infinite where it is beyond a float's range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _power(largest: float) -> int:
    """The power of two to divide numbers by of which this is the largest; 0 if none is needed."""
    return 0 if _SMALL < largest < _LARGE or math.isinf(largest) else math.frexp(largest)[1]


def _scaled(number: float, power: int) -> float:
    try:
        return math.ldexp(number, power)
    except OverflowError:  # the deviation of the largest numbers of both signs
        return math.inf


def _sum(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # beyond a float's range, or infinities of both signs
        return sum(numbers)
