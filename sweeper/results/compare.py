"""The comparison operators of conditions."""

from __future__ import annotations

import ast
import json
import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sweeper.core.equality import same_value

Compare = Callable[[Any, Any], bool]


def _ordered(compare: Callable[[Any, Any], Any]) -> Compare:
    """Make a comparison False, instead of an error, for values that have no order.

    That is a missing value beside any other, and a text or a truth value beside a number.
    """

    def holds(left: Any, right: Any) -> bool:
        if isinstance(left, bool) != isinstance(right, bool):
            return False
        try:
            return bool(compare(left, right))
        except TypeError:
            return False

    return holds


def _equal(left: Any, right: Any) -> bool:
    """Compare as sweep.exclude does; a list or a dict also equals its JSON text, as DataFrames hold it."""
    if isinstance(left, str) and isinstance(right, list | dict):
        left, right = right, left
    if isinstance(left, list | dict) and isinstance(right, str):
        return same_value(left, _parsed(right))
    return same_value(left, right)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Any:
    """Return the value of a JSON text; the text itself if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _among(left: Any, right: Any) -> bool:
    """Whether `left` is an entry of the list `right`, or a part of the text `right`."""
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    return isinstance(right, list) and any(_equal(left, one) for one in right)


OPERATORS: dict[type[ast.cmpop], Compare] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: _among,
    ast.NotIn: lambda left, right: not _among(left, right),
    ast.Is: _equal,
    ast.IsNot: lambda left, right: not _equal(left, right),
}
