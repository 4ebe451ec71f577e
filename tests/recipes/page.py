"""A page of docs/recipes: its files, its commands, and what it says that they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs" / "recipes"
_BLOCK = re.compile(r"(?ms)^(?:<!-- (?P<name>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$")
_FILE = re.compile(r"(?m)^# ([\w./-]+\.\w+)\n")


@dataclass(frozen=True)
class Block:
    """A fenced block; `name` is that of the comment before it, if it is a file named in that way."""

    kind: str
    text: str
    name: str | None

    def files(self) -> dict[str, str]:
        """The files in it: each begins with a comment that is its path alone."""
        if self.name:
            return {self.name: self.text}
        _, *parts = _FILE.split(self.text)
        return dict(zip(parts[::2], parts[1::2], strict=True))


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in their order."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Block(found["kind"], found["text"], found["name"])


def shows(page: str, printed: str) -> bool:
    """Is this what a page shows? Spaces do not count, and `0.9…` stands for all that begins with 0.9."""
    shown, seen = ([line.split() for line in text.splitlines() if line.strip()] for text in (page, printed))
    return [len(line) for line in shown] == [len(line) for line in seen] and all(
        _matches(word, other)
        for line, others in zip(shown, seen, strict=True)
        for word, other in zip(line, others, strict=True)
    )


def _matches(word: str, other: str) -> bool:
    return other.startswith(word[:-1]) if word.endswith("…") else other == word
