"""Decides which lines of a CSV file have names: a program may add another table, or write no names at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sweeper.core.patterns import lazy

INT = lazy(r"[+-]?[0-9]+")
FLOAT = lazy(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)
_VALUES = frozenset(("none", "null", "nil", "na", "n/a", "true", "false"))
"""Words that are a value, or say that there is none."""


def is_number(cell: str) -> bool:
    """Whether a cell has a number, possibly between spaces."""
    text = cell.strip()
    return bool(INT.fullmatch(text) or FLOAT.fullmatch(text))


def repeats(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row has at least half of the names of the header above it, and no number."""
    cells = {cell.strip() for cell in row}
    known = set(names) - {""}
    return 2 * len(known & cells) >= max(1, len(known)) and not any(map(is_number, filter(None, cells)))


def begins_table(row: Sequence[str], above: Sequence[str], below: Sequence[str] | None) -> bool:
    """Whether a row has the names of another table, between rows of numbers.

    Args:
        row: the row.
        above: the row before it, empty for a header.
        below: the row after it, None if the file ends.
    """
    names = [cell.strip() for cell in row if cell.strip()]
    if not names or len(set(names)) < len(names) or not all(map(_is_name, names)):
        return False
    given = [cell for cell in above if cell.strip()]
    if not given or not all(map(is_number, given)):
        return False
    if below is None:
        return len(names) > 1  # a single text may be a value, such as "diverged"
    # Only the first column, an index, may have no name.
    named = all(cell.strip() or not value.strip() for cell, value in zip(row[1:], below[1:], strict=False))
    return named and len(below) == len(row) and any(map(is_number, below))


def is_like_a_row(header: Sequence[str], row: Sequence[str]) -> bool:
    """Whether the first line has numbers and texts in the same columns as the row below it."""
    kinds = list(map(is_number, header))
    is_mixed = len(set(kinds)) == 2 and all(map(str.strip, header))
    return is_mixed and kinds == list(map(is_number, row))


def _is_name(text: str) -> bool:
    return (text[0].isalpha() or text[0] == "_") and text.lower() not in _VALUES and not is_number(text)
