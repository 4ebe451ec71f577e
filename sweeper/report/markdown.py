"""Markdown in which no text of a user or a program is interpreted as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sweeper.core.formatting import clipped
from sweeper.core.patterns import lazy

_TAME = lazy(r"(?:[^\W_]|[ .,:;=+%()'…-]|(?<=[^\W_])_(?=[^\W_]))*")
"""Texts that are not markup anywhere in a line; all others are quoted as code."""


def inline(text: str, most: int = 300) -> str:
    """Return the text for use within a line, cut to `most` characters, as code if it may be markup."""
    short = clipped(text, most)
    return short if _TAME.fullmatch(short) else code(short)


def code(text: str) -> str:
    """Return a text of one line as code, between more backticks than it contains in a row."""
    fence = "`" * (_longest_run(text) + 1)
    return f"{fence} {text} {fence}" if text[:1] == "`" or text[-1:] == "`" else f"{fence}{text}{fence}"


def block(text: str) -> str:
    """Return the text as a separate block of code."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
