"""The cells of a table: their values, and their text for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from sweeper.core.values import render_value

_LARGEST = 2**1000
"""Larger whole numbers may not fit into a float, and sums of larger floats may overflow."""


def readable(value: Any) -> str:
    """Format a value for people: a float with six significant digits, any other value in full."""
    return f"{value:.6g}" if isinstance(value, float) else render_value(value)


def is_finite(value: Any) -> bool:
    """Whether the value is a finite number, so that it can be the best of several."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST


def can_be_drawn(value: Any) -> bool:
    """Whether the value is a number that can be shown on an axis and averaged with others."""
    return is_finite(value) and abs(value) < _LARGEST


def is_numeric(values: Iterable[Any]) -> bool:
    """Whether the values are numbers, apart from missing ones, and at least one is not missing."""
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float}
