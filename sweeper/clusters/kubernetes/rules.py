"""What a setting may hold, each rule with its sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy

Rule = tuple[str, Callable[[Any], bool], str]
"""A key, what its value must be, and the same in words."""


def at_least(least: float) -> Callable[[Any], bool]:
    return lambda number: least <= number < math.inf


def one_of(*known: str) -> Callable[[Any], bool]:
    return lambda word: word in known


def optional(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or rule(value)


_UMASK = lazy(r"0?0[0-7]{2}")

UMASK: Rule = (
    "umask",
    optional(lambda mask: _UMASK.fullmatch(mask) is not None),
    'three octal digits in quotes, the first 0, as in "007", or null',
)
"""A umask that leaves the owner all rights. YAML reads an unquoted 027 as a number: that has other digits."""


def check_rules(name: str, section: Mapping[str, Any], rules: Iterable[Rule]) -> None:
    """Refuse the first value that breaks its rule."""
    for key, holds, sentence in rules:
        if key in section and not _holds(holds, section[key]):
            raise UsageError(f"{name}.{key} must be {sentence}, not {section[key]!r}")


def _holds(rule: Callable[[Any], bool], value: Any) -> bool:
    try:
        return rule(value)
    except (TypeError, AttributeError):
        return False  # a project's own cluster file need not start from our types
