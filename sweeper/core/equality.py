"""The equality of values in `sweep.exclude` and `--where`."""

from __future__ import annotations

from typing import Any


def same_value(left: Any, right: Any) -> bool:
    """Whether two values are equal.

    Numbers compare as numbers: `1` equals `1.0`. true equals only true, null only null, and NaN equals NaN. A
    number and a text are never equal. Lists and dicts are compared item by item by the same rule.
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_value, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_value(left[key], right[key]) for key in left)
    return bool(left == right or (left != left and right != right))
