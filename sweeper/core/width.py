"""Measures texts in columns of a terminal, and cuts or pads them to a width."""

from __future__ import annotations

from itertools import accumulate, takewhile

_VARIATION = "\ufe0f"
"""It turns the character before it into an emoji, which most terminals draw two columns wide."""


def width(text: str) -> int:
    """Return the columns of a text, which must not have control characters (see formatting.escape)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def fitted(text: str, most: int, mark: str = "…") -> str:
    """Return the text if it fits into `most` columns, else the part that fits, with `mark` at its end."""
    if width(text) <= most:
        return text
    left = most - width(mark)
    if left < 0:
        return fitted(text, most, mark="") if most > 0 else ""
    end = sum(1 for _ in takewhile(lambda taken: taken <= left, accumulate(map(_columns, text))))
    return text[:end] + mark


def padded(text: str, to: int, *, right: bool = False) -> str:
    """Return the text with spaces after it (or before it, if `right`) so that it takes `to` columns."""
    blanks = " " * (to - width(text))
    return blanks + text if right else text + blanks


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    from unicodedata import category, east_asian_width  # rarely needed: most texts are ASCII

    if character == _VARIATION:
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
