"""Whole numbers as people and other programs write them."""

from __future__ import annotations

_LONGEST = 18
"""Digits: with more it is no number that anybody means, and with thousands Python refuses it."""


def whole_number(text: str) -> int | None:
    """The number that a text of ASCII digits stands for; None for anything else.

    `str.isdigit` also holds for `²`, which `int` refuses; and `int` takes `1_000`, ` 1 ` and `١`.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else None
