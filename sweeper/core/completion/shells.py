"""Formats the candidates as each shell's completion function reads them.

The first line is `nospace`, a kind of paths, or empty. Each further line is a candidate.
"""

from __future__ import annotations

from collections.abc import Iterator

from sweeper.core.completion.facts import Candidate, Completion
from sweeper.core.completion.line import PartialLine
from sweeper.core.patterns import lazy

SHELLS = ("bash", "zsh", "fish")

_SPECIAL = lazy(r"[^\w@%+=:,./-]")
_IN_DOUBLE_QUOTES = lazy(r'["\\$`]')


def lines(shell: str, answer: Completion, line: PartialLine) -> Iterator[str]:
    """Yield the lines that the program prints for a shell."""
    shown = [one for one in answer.candidates if one.text.isprintable()]
    if shell == "bash":
        yield "nospace" if any(one.open for one in shown) else answer.paths
        yield from (quoted(one.text[line.kept :], line.quote) for one in shown)
        return
    yield answer.paths
    for one in shown:
        text = _described(one)
        yield text if shell == "fish" else f"{'+' if one.open else '-'}{text}"


def quoted(text: str, quote: str) -> str:
    """Escape a text for bash's command line after `quote`, an open quotation mark; empty if there is none."""
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote:
        return _IN_DOUBLE_QUOTES.sub(r"\\\g<0>", text)
    return _SPECIAL.sub(r"\\\g<0>", text)


def _described(one: Candidate) -> str:
    about = "".join(c if c.isprintable() else " " for c in one.help)
    return f"{one.text}\t{about}"
