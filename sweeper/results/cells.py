"""What a cell holds, and how people read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sweeper.core.command import render_value

_LARGEST = 2**1000
"""A number beyond it has no place on an axis, nor room to be added up in a float."""


def readable(value: Any) -> str:
    """A value as people read it: six digits of a number, all of a text."""
    return f"{value:.6g}" if isinstance(value, float) else render_value(value)


def is_finite(value: Any) -> bool:
    """Is it a number that can be the best of some, or be drawn?"""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def is_numeric(values: Iterable[Any]) -> bool:
    """Are there numbers, and nothing else but gaps?"""
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, float}
