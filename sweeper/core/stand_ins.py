"""ASCII fallback for limited output encodings: replaces cvsweep's symbols, escapes other characters."""

from __future__ import annotations

_SIGNS = {
    "…": "...", "±": "+/-", "×": "x", "·": "*", "•": "*", "→": "->", "←": "<-", "↑": "^", "↓": "v",
    "≤": "<=", "≥": ">=", "≠": "!=", "–": "-", "—": "--", "−": "-", "✓": "+", "✔": "+", "✗": "x", "✘": "x",
    "‘": "'", "’": "'", "“": '"', "”": '"', "\xa0": " ",
}  # fmt: skip
_HORIZONTAL = frozenset("─━╌╍┄┅┈┉═╴╶╸╺╼╾")
_VERTICAL = frozenset("│┃╎╏┆┇┊┋║╵╷╹╻╽╿")


def stand_in(text: str) -> str:
    """Return the text in ASCII: cvsweep's own symbols replaced by similar ones, other characters escaped."""
    return "".join(map(_ascii, text))


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    if character in _HORIZONTAL:
        return "-"
    if character in _VERTICAL:
        return "|"
    if "\u2500" <= character <= "\u257f":
        return "+"  # a corner or crossing of lines
    if "\u2580" <= character <= "\u259f":
        return "#"  # a part of a bar
    return _SIGNS.get(character) or character.encode("ascii", "backslashreplace").decode()
