"""Means and standard deviations of metrics, of which some may be missing, NaN or infinite."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sweeper.core.model import Value

_SMALL, _LARGE = 1e-100, 1e100
"""Between these limits, squares of numbers and sums of millions of squares stay within a float's range."""


Spread = tuple[float | None, float | None]
"""A mean, and its standard deviation."""


def mean_and_std(values: Iterable[Value]) -> Spread:
    """Return the mean and the sample standard deviation (ddof=1).

    Missing values, NaN and values that are not numbers are ignored. The mean and std of pandas' groupby are
    not used because they are inexact or wrong for some values: sums have rounding errors (the mean of 1,
    1e100, 1, -1e100 is 0.5, not 0.25), the deviation of 1e9+0.1, 1e9+0.2, 1e9+0.3 has only six correct
    digits, that of 1e-200, 2e-200 becomes 0, and that of 1e200, 2e200 becomes infinite.

    Returns:
        The mean, None if there is no number, and the deviation, None if there are fewer than two numbers.
    """
    numbers = [number for number in map(_number, values) if number is not None]
    if len(numbers) < 2:
        return (numbers[0] if numbers else None), None
    if min(numbers) == max(numbers):  # a sum that is divided again may differ in the last digit
        return numbers[0], 0.0 if math.isfinite(numbers[0]) else math.nan
    # Scaling by a power of two is exact, and keeps sums and squares within a float's range.
    power = _power(max(map(abs, numbers)))
    scaled = [math.ldexp(number, -power) for number in numbers]
    mean = _sum(scaled) / len(scaled)
    square = _sum([(number - mean) * (number - mean) for number in scaled]) / (len(scaled) - 1)
    return _scaled(mean, power), _scaled(math.sqrt(square), power)


def float_of(value: int | float) -> float:
    """Return the number as a float; infinite if it is beyond a float's range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _number(value: Value) -> float | None:
    if not isinstance(value, (bool, int, float)):
        return None
    number = float_of(value)
    return None if math.isnan(number) else number


def _power(largest: float) -> int:
    """Return the power of two by which to divide numbers up to `largest`; 0 if scaling is not needed."""
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
