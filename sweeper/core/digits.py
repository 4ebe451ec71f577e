"""Parses whole numbers in the input of users and other programs."""

from __future__ import annotations

_LONGEST = 18
"""The most digits: a longer number is a mistake, and Python refuses numbers with thousands of digits."""


def whole_number(text: str) -> int | None:
    """Return the number in a text of ASCII digits; None for any other text.

    `str.isdigit` is also true for `²`, which `int` refuses; and `int` accepts `1_000`, ` 1 ` and `١`.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else None
