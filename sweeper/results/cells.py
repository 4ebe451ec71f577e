"""The cells of a table: their values, and their text for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from sweeper.core.values import render_value

_LARGEST = 2**1000
"""A whole number beyond it could not be turned into a float, nor a float beyond it be added to others."""


def readable(value: Any) -> str:
    """A value as people read it: six digits of a number, all of a text."""
    return f"{value:.6g}" if isinstance(value, float) else render_value(value)


def is_finite(value: Any) -> bool:
    """Is it a number that can be the best of some?"""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST


def can_be_drawn(value: Any) -> bool:
    """Is it a number that has a place on an axis, and a mean with others?"""
    return is_finite(value) and abs(value) < _LARGEST


def is_numeric(values: Iterable[Any]) -> bool:
    """Are there numbers, and nothing else but gaps?"""
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float}
