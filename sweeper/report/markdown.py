"""Markdown in which nothing that a user or a program wrote is markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sweeper.core.formatting import clipped
from sweeper.core.patterns import lazy

_TAME = lazy(r"(?:[^\W_]|[ .,:;=+%()'…-]|(?<=[^\W_])_(?=[^\W_]))*")
"""What is no markup anywhere in a line; all else is quoted as code, which is read as easily."""


def inline(text: str, most: int = 300) -> str:
    """The text within one line, to be read as it is; what is longer than `most` characters is cut."""
    short = clipped(text, most)
    return short if _TAME.fullmatch(short) else code(short)


def code(text: str) -> str:
    """The text of one line as code: between more backticks than it holds in a row itself."""
    fence = "`" * (_longest_run(text) + 1)
    return f"{fence} {text} {fence}" if text[:1] == "`" or text[-1:] == "`" else f"{fence}{text}{fence}"


def block(text: str) -> str:
    """The text as a block of code of its own."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown themselves."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
