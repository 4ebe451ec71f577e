"""Splits an unfinished command line into words, as a POSIX shell does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_ESCAPED_IN_DOUBLE_QUOTES = '"\\$`'


class PartialLine(NamedTuple):
    """A command line up to the cursor.

    `current` is the word at the cursor, unquoted, and `quote` the quotation mark that is still open in it.
    The shell keeps the first `kept` characters of that word and replaces the rest.
    """

    words: tuple[str, ...]
    current: str = ""
    quote: str = ""
    kept: int = 0


def read_line(text: str, breaks: str = "") -> PartialLine:
    """Split a line that ends at the cursor.

    Args:
        text: the line up to the cursor.
        breaks: characters that end the part of a word that the shell keeps (bash: COMP_WORDBREAKS).
    """
    words: list[str] = []
    current, quote, kept, begun = "", "", 0, False
    position = 0
    while position < len(text):
        character, after = text[position], text[position + 1 : position + 2]
        position += 1
        if character == "\\" and quote != "'" and (not quote or after in _ESCAPED_IN_DOUBLE_QUOTES):
            current, begun = current + after, True
            position += 1
        elif quote:
            current, quote = (current, "") if character == quote else (current + character, quote)
        elif character.isspace():
            words += [current] if begun else []
            current, kept, begun = "", 0, False
        elif character in "'\"":
            quote, begun = character, True
            kept = len(current) if _stays_open(text[position:], character) else kept
        else:
            current, begun = current + character, True
            kept = len(current) if character in breaks else kept
    return PartialLine(tuple(words), current, quote, kept)


def _stays_open(rest: str, quote: str) -> bool:
    """Whether a quotation mark that was just opened is still open at the end of the line."""
    position = 0
    while position < len(rest):
        if rest[position] == "\\" and quote == '"':
            position += 1
        elif rest[position] == quote:
            return False
        position += 1
    return True


def join_pieces(pieces: Sequence[str], breaks: str) -> PartialLine:
    """Return the same for words that bash has split at COMP_WORDBREAKS; the last one is at the cursor."""
    marks = "".join(character for character in breaks if character not in "'\"" and not character.isspace())
    groups: list[list[str]] = []
    for piece in pieces:
        alone = bool(piece) and not piece.strip(marks)
        if groups and groups[-1][-1] and (alone or groups[-1][-1][-1] in marks):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    words = [unquoted("".join(group)) for group in groups]
    last = groups[-1] if groups else [""]
    kept = unquoted("".join(last if not last[-1].strip(marks) else last[:-1]))
    return PartialLine(
        tuple(words[:-1]), words[-1] if words else "", read_line("".join(last)).quote, len(kept)
    )


def unquoted(word: str) -> str:
    """Return one word as a program gets it. Spaces belong to it, and a quotation mark may still be open."""
    line = read_line(word)
    return " ".join((*line.words, line.current))
