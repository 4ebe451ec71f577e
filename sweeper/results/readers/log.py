"""log.txt: what a program prints, name=value wherever it stands in a line, or as a pattern says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from sweeper.core.model import Value
from sweeper.core.paths import LOG
from sweeper.results.curve import Curve
from sweeper.results.readers.csv_rows import typed
from sweeper.results.readers.listing import MOST, BadMetricsError, EmptyError
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.rows import axes, curve_of
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat

PATTERN = (
    r"(?<![\w./-])(?P<name>[A-Za-z_][\w./-]*+)"
    r"(?:['\"]?+\s*+[=:]\s*+|(?i:(?<=epoch)|(?<=step)|(?<=iteration)|(?<=iter))\s++[\[(#]?)"
    r"(?P<value>[-+]?(?:(?:\d++(?:\.\d++)?+|\.\d++)(?:[eE][-+]?\d++)?+|(?i:nan|inf(?:inity)?)))"
    r"(?!\w|[-.:,]\d)"
)
"""name=value, name: value, 'name': value or Epoch 3/10, where the value is a number.

No date, no version and no 10MB; and no 1,234, of which nobody can tell whether it is more than a thousand.
"""

_LONGEST_LINE = 4096
_TAIL = 1024 * 1024
_LINE = re.compile(r"[^\r\n]+")  # a progress bar ends its lines by a carriage return
_MOST_ROWS = 500_000
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class LogReader:
    """Reads the log by a pattern with the groups `name` and `value`; each match is a metric of its line."""

    pattern: re.Pattern[str]

    def metrics(self, tree: Tree, remark: Remark) -> dict[str, Value] | None:
        """The last value of every name, in the last megabyte of the log."""
        if LOG not in tree.root:
            return None
        found: dict[str, Value] = {}
        for row in self._rows(_end_of(tree, _TAIL)):
            found |= row
        return flat(found, LOG, remark)

    def curve(self, tree: Tree, remark: Remark) -> Curve | None:
        """A row for each line in which something is found, and no more of a long log than its end.

        A last line without its end is left out: nobody can see whether its last number is whole. A
        line that does not count its step itself belongs to the one that was counted last.
        """
        if LOG not in tree.root:
            return None
        raw = _end_of(tree, MOST)
        whole = raw[: max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1]
        rows = list(islice(self._rows(whole), _MOST_ROWS + 1))
        if len(rows) > _MOST_ROWS:
            raise BadMetricsError(f"{LOG} tells metrics in more than {_MOST_ROWS} lines")
        return curve_of(_counted(rows), LOG, remark, tree.wanted)

    def _rows(self, raw: bytes) -> Iterator[dict[str, Value]]:
        text = _COLOURS.sub("", raw.decode(errors="replace"))
        for line in _LINE.finditer(text):
            row = {
                found["name"]: typed(found["value"].strip())
                for found in self.pattern.finditer(line[0], 0, _LONGEST_LINE)
                if found["name"] and found["value"]
            }
            if row:
                yield row


def _end_of(tree: Tree, most: int) -> bytes:
    """The last lines of the log, `most` bytes at most and the first of them whole."""
    try:
        with tree.root.open(LOG) as file:
            raw = file.tail(most)
            return raw if file.size <= most else raw.partition(b"\n")[2]
    except EmptyError:
        return b""  # many programs print nothing


def _counted(rows: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """The rows from the first that counts on, each with its step; as they are where nothing counts twice."""
    times = Counter(chain.from_iterable(rows))
    axis = next((name for name in axes(times) if times[name] > 1), None)
    if axis is None:
        return rows
    counted, step = [], None
    for row in rows:
        step = row.get(axis, step)
        if step is not None:
            counted.append({**row, axis: step})
    return counted
