"""How many columns of a terminal a text takes, and texts cut to fit into some."""

from __future__ import annotations

from itertools import accumulate, takewhile

_VARIATION = "\ufe0f"
"""It makes the character before it a picture, which most terminals draw two columns wide."""


def width(text: str) -> int:
    """The columns of a text without control characters (see words.escape)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def fitted(text: str, most: int, mark: str = "…") -> str:
    """The text if it takes no more than `most` columns, else what fits with `mark` at its end."""
    if width(text) <= most:
        return text
    left = most - width(mark)
    if left < 0:
        return fitted(text, most, mark="") if most > 0 else ""
    end = sum(1 for _ in takewhile(lambda taken: taken <= left, accumulate(map(_columns, text))))
    return text[:end] + mark


def padded(text: str, to: int, *, right: bool = False) -> str:
    """The text with blanks behind it, or in front of it, so that it takes `to` columns."""
    blanks = " " * (to - width(text))
    return blanks + text if right else text + blanks


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    from unicodedata import category, east_asian_width  # only now: most texts are ASCII

    if character == _VARIATION:
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
