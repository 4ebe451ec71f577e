"""log.txt: what a program prints, name=value wherever it stands in a line, or as a pattern says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sweeper.core.model import Value
from sweeper.core.paths import LOG
from sweeper.results.curve import Curve
from sweeper.results.readers.csv_rows import typed
from sweeper.results.readers.listing import MOST
from sweeper.results.readers.rows import curve_of
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat

PATTERN = (
    r"(?<![\w./-])(?P<name>[A-Za-z_][\w./-]*+)\s*+[=:]\s*+"
    r"(?P<value>[-+]?(?:(?:\d++\.?+\d*+|\.\d++)(?:[eE][-+]?\d++)?+|(?i:nan|inf(?:inity)?)))"
    r"(?!\w|[-.:]\d)"
)
"""name=value or name: value, where the value is a number: no date, no version, no 10MB."""

_LONGEST_LINE = 4096
_TAIL = 1024 * 1024
_LINE_ENDS = re.compile(r"[\r\n]+")  # a progress bar ends its lines by a carriage return
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class LogReader:
    """Reads the log by a pattern with the groups `name` and `value`; each match is a metric of its line."""

    pattern: re.Pattern[str] = re.compile(PATTERN)

    def metrics(self, tree: Tree) -> dict[str, Value] | None:
        """The last value of every name, in the last megabyte of the log."""
        if LOG not in tree.root:
            return None
        found: dict[str, Value] = {}
        for row in self._rows(tree, _TAIL):
            found |= row
        return flat(found, LOG)

    def curve(self, tree: Tree) -> Curve | None:
        """A row for each line in which something is found, and no more of a long log than its end."""
        return curve_of(list(self._rows(tree, MOST)), LOG) if LOG in tree.root else None

    def _rows(self, tree: Tree, most: int) -> Iterator[dict[str, Value]]:
        with tree.root.open(LOG) as file:
            text = _COLOURS.sub("", file.tail(most).decode(errors="replace"))
        for line in _LINE_ENDS.split(text):
            row = {
                found["name"]: typed(found["value"].strip())
                for found in self.pattern.finditer(line, 0, _LONGEST_LINE)
                if found["name"] and found["value"]
            }
            if row:
                yield row
