"""log.txt: metrics in the output of a program, as name=value anywhere in a line, or found by a pattern."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sweeper.core.equality import same_value
from sweeper.core.model import Value
from sweeper.core.paths import LOG
from sweeper.core.patterns import lazy
from sweeper.core.printed_names import CONSTANT, COUNTERS, Printed, full_names
from sweeper.results.curve import Curve
from sweeper.results.readers.csv_rows import typed
from sweeper.results.readers.line_files import every_line
from sweeper.results.readers.listing import BadMetricsError, EmptyError
from sweeper.results.readers.metric_values import flatten_metrics
from sweeper.results.readers.printed import without_configuration
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.rows import axes, curve_of
from sweeper.results.readers.tree import Outputs

_NAME = r"(?<![\w./-])(?P<name>[A-Za-z_][\w./-]*+)"
_SIGN = r"['\"]?+\s*+[=:]\s*+"
_NUMBER = (
    rf"(?:{_SIGN}|(?i:(?<=epoch)|(?<=step)|(?<=iteration)|(?<=iter))\s++[\[(#]?)"
    r"(?P<value>[-+]?(?:(?:\d{1,3}(?:,\d{3})++\.\d++|\d++(?:\.\d++|\.(?=[eE][-+]?\d))?+|\.\d++)(?:[eE][-+]?\d++)?+"
    r"|(?i:nan|inf(?:inity)?)))"
    r"(?!\w|[-.:,]\d)"
)
PATTERN = _NAME + _NUMBER
"""Matches name=value, name: value, 'name': value and Epoch 3/10 if the value is a number.

It does not match dates, versions or 10MB, nor 1,234, since the comma may be a decimal comma; 1,234.5 it does.
"""
_UNREADABLE = lazy(
    rf"{_NAME}(?:{_NUMBER}|{_SIGN}(?=[-+\u2212\u2013]?\.?\d|(?:[A-Za-z_][\w.]*+\([-+]?\.?\d)"
    r"|(?i:n/?a|none|null|undefined|unknown|diverged|failed|-{1,3}|\?{1,3})(?:[\s,;|)}\]]|\Z)))"
)
"""As PATTERN, and without the group `value` if something else stands where a number should."""

_LONGEST_LINE = 4096
_MOST_ROWS = 500_000
_COLOURS = lazy(r"\x1b\[[0-9;]*[A-Za-z]")
_FRACTION = lazy(r"\s*/\s*(\d+)(?![\d.]*[/\w])(?:\s*\(\s*(\d+(?:\.\d+)?)\s*%\s*\))?")

Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class LogReader:
    """Reads the log with a pattern that has the groups `name` and `value`; each match is one metric.

    With the default PATTERN, words such as `Val` and `best` before a name become part of it (see
    printed_names.py), a fraction is read as its ratio (75/200 is 0.375), and a printed configuration is
    ignored (see printed.py). For a pattern of the user none of this applies.
    """

    pattern: re.Pattern[str]
    params: Mapping[str, Value] = field(default_factory=dict)

    def metrics(self, tree: Outputs, remark: Remark) -> dict[str, Value] | None:
        """Return the last value of every name in the whole log."""
        if LOG not in tree.root:
            return None
        last: Row = {}
        constant: dict[str, bool] = {}
        twice: dict[str, None] = {}
        unread: dict[str, str] = {}
        for row in self._rows(tree, remark, twice=twice, unread=unread):
            for name, value in row.items():
                constant[name] = name not in last or (constant[name] and repr(last[name]) == repr(value))
            last |= row
        left_out = self._settings(last, constant)
        final = {name: value for name, value in last.items() if name not in left_out}
        if left_out and not final:
            names = ", ".join(sorted(left_out)[:5])
            remark(f"{LOG}: {names} look like settings that were printed, not like metrics")
        repeated = next((name for name in twice if name in final and not COUNTERS.fullmatch(name)), None)
        if repeated is not None:
            remark(f"{LOG} gives {repeated[:80]!a} more than once in a line: the last one of the line counts")
        old = next((name for name in unread if name in final), None)
        if old is not None:
            remark(
                f"{LOG}: the last value of {old[:80]!a} cannot be read ({ascii(unread[old])[1:-1]}):"
                " the one before it counts"
            )
        return flatten_metrics(final, LOG, remark)

    def curve(self, tree: Outputs, remark: Remark) -> Curve | None:
        """Return the curve, in which each line with a match is a row.

        A last line without a line end is left out, since its last number may be cut off. A line without a
        step belongs to the last step before it.
        """
        if LOG not in tree.root:
            return None
        rows: list[Row] = []
        for row in self._rows(tree, remark, whole=True):
            rows.append(row)
            if len(rows) > _MOST_ROWS:
                raise BadMetricsError(f"{LOG} tells metrics in more than {_MOST_ROWS} lines")
        seen: dict[str, set[str]] = {}
        for row in rows:
            for name, value in row.items():
                seen.setdefault(name, set()).add(repr(value))
        last = dict(chain.from_iterable(row.items() for row in rows))
        left_out = self._settings(last, {name: len(values) == 1 for name, values in seen.items()})
        if left_out:
            rows = [{name: row[name] for name in row if name not in left_out} for row in rows]
        return curve_of(_counted([row for row in rows if row]), LOG, remark, tree.wanted)

    def _settings(self, last: Row, constant: Mapping[str, bool]) -> set[str]:
        """Return the names of constant values that are parameters of the trial or are named like settings."""
        if self.pattern.pattern != PATTERN:
            return set()
        return {
            name
            for name, value in last.items()
            if constant[name] and (_is_parameter(name, value, self.params) or CONSTANT.fullmatch(name))
        }

    def _rows(
        self,
        tree: Outputs,
        remark: Remark,
        *,
        whole: bool = False,
        twice: dict[str, None] | None = None,
        unread: dict[str, str] | None = None,
    ) -> Iterator[Row]:
        """Yield the metrics of each line.

        Names with several values in a line are added to `twice`, and names whose last value cannot be read to
        `unread`, with its text.
        """
        ours = self.pattern.pattern == PATTERN
        known_names: set[str] | None = None if unread is None else set()
        lines = _lines(tree, remark, whole)
        for line in without_configuration(lines) if ours else lines:
            row: Row = {}
            for name, value, text in _of_line(line, self.pattern, ours=ours, known=known_names):
                if value is None:
                    if unread is not None:
                        unread[name] = text
                    continue
                if unread:
                    unread.pop(name, None)
                known = row.setdefault(name, value)
                if not same_value(known, value):
                    row[name] = value
                    if twice is not None:
                        twice[name] = None
            if row:
                yield row


def _lines(tree: Outputs, remark: Remark, whole: bool) -> Iterator[str]:
    try:
        with tree.root.open(LOG) as file:
            for line in every_line(file, LOG, remark, returns=True):
                if len(line) > 1 and (not whole or line.endswith(b"\n")):
                    text = line[: 4 * _LONGEST_LINE].decode(errors="replace").rstrip("\n")
                    yield _COLOURS.sub("", text) if "\x1b" in text else text
    except EmptyError:
        return  # many programs print nothing


def names_in(line: str) -> list[str]:
    """Return the names of the metrics that the default pattern finds in a line."""
    return [name for name, value, _ in _of_line(line, re.compile(PATTERN), ours=True) if value is not None]


def _of_line(
    line: str, pattern: re.Pattern[str], *, ours: bool, known: set[str] | None = None
) -> Iterator[tuple[str, Value, str]]:
    """Yield the names and values in a line, and None and the text for values that cannot be read.

    Such values are only looked at if the name, without the words before it, is `known`. New names are added.
    """
    if not ours:
        for one in pattern.finditer(line, 0, _LONGEST_LINE):
            value = typed(one["value"].strip()) if one["name"] and one["value"] else None
            if value is not None:
                yield one["name"], value, ""
        return
    matches = [
        one
        for one in _UNREADABLE.finditer(line, 0, _LONGEST_LINE)
        if one["value"] or (known and one["name"] in known)
    ]
    numbers = [one for one in matches if one["value"]]
    if known is not None:
        known.update(one["name"] for one in numbers)
    names = _names(line, numbers)
    if len(numbers) < len(matches):
        names = _names(line, matches) | names
    for one in matches:
        text = one["value"]
        value = _ratio(one["name"], typed(text.replace(",", "")), line, one.end()) if text else None
        start = one.start("value") if text else one.end()
        yield names[one.start()], value, "" if value is not None else _word(line[start : start + 20])


def _names(line: str, matches: Sequence[re.Match[str]]) -> dict[int, str]:
    """Return the full names of the matches, by where they begin."""
    printed = [Printed(one.start("name"), one["name"], one.end()) for one in matches]
    return dict(zip((one.start() for one in matches), full_names(line, printed), strict=True))


def _word(text: str) -> str:
    return text.split()[0].rstrip(",;|")


def _ratio(name: str, value: Value, line: str, end: int) -> Value:
    """Return the value, or the ratio if it is the numerator of a fraction; None if it is ambiguous."""
    if line[end : end + 3].lstrip()[:1] != "/" or COUNTERS.fullmatch(name):
        return value
    fraction = _FRACTION.match(line, end)
    if fraction is None or not isinstance(value, int) or not 0 <= value <= int(fraction[1]) != 0:
        return None
    ratio = value / int(fraction[1])
    return ratio if fraction[2] is None or abs(100 * ratio - float(fraction[2])) <= 1 else None


def _is_parameter(name: str, value: Value, params: Mapping[str, Value]) -> bool:
    """Whether the trial has a parameter with this name and value."""
    known = (params[one] for one in params if one == name or one.rpartition(".")[2] == name)
    return any(isinstance(one, int | float) and not isinstance(one, bool) and one == value for one in known)


def _counted(rows: list[Row]) -> list[Row]:
    """Give every row the last known step and drop rows before the first; unchanged if no step is repeated."""
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
