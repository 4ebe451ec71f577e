"""The order of cells: numbers, texts, everything else; infinities and missing values come last."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sweeper.core.model import Value, canonical_json
from sweeper.results.cells import is_finite

Rank = Callable[[Any], tuple[int, Any]]


def rank(descending: bool = False) -> Rank:
    """Return a sort key under which infinities, NaN and missing values come last in both directions.

    So a diverged metric is never first, whichever direction is better. Whole numbers with hundreds of digits
    count as infinite (`cells.is_finite`).
    """

    def key(value: Any) -> tuple[int, Any]:
        if is_missing(value):
            return 4, 0
        if isinstance(value, (bool, int, float)):
            return 0 if isinstance(value, bool) or is_finite(value) else 3, -value if descending else value
        if isinstance(value, str):
            return 1, _Reversed(value) if descending else value
        text = canonical_json(value)
        return 2, _Reversed(text) if descending else text

    return key


def is_missing(value: Value) -> bool:
    """Whether a value is None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


class _Reversed(str):
    """A text that sorts in reverse order, so that descending sorts can still keep missing values last."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)
