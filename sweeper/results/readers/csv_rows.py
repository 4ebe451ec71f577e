"""Reads the rows of CSV files as programs write them, with other delimiters, comments or repeated headers."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice, pairwise
from typing import Any

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.readers.csv_header import FLOAT, INT, begins_table, is_like_a_row, is_number, repeats
from sweeper.results.readers.listing import BadMetricsError
from sweeper.results.readers.metric_values import LONGEST
from sweeper.results.readers.rows import check_shape

_DELIMITERS = ",;\t"
_NUMERIC = frozenset("0123456789+-.")
_SEPARATOR = lazy(r"sep=([,;\t])\s*", re.IGNORECASE)
"""An optional first line that names the delimiter for spreadsheets."""
_COMMA = lazy(r"\s*[+-]?[0-9]+,[0-9]+(?:e[+-]?[0-9]+)?\s*", re.IGNORECASE)
_POINT = lazy(r"\s*[+-]?[0-9]*\.[0-9]+.*")
_END = "#end of the file"
"""A line that is appended to detect a quote that is never closed, since that would include it."""
_MOST_COLUMNS = 20_000
_MOST_ROWS = 500_000
_FIRST = 64
"""The first lines, among which the header is searched: comments may come before it."""

Row = tuple[Sequence[str], list[str]]
"""The names in the header above a row, and the cells of the row; their numbers may differ."""


class Rows:
    """The rows of a CSV file, each with the names of its cells.

    A line that begins with # is a comment. The delimiter is a comma, a semicolon or a tab, whichever splits
    the header into most cells; with a semicolon, 0,5 is read as 0.5. A later line is a new header if it
    repeats at least half of the header's names, or has only names between rows of numbers.

    Attributes:
        torn: after iteration, the cells after the last line end; their last number may be cut off.
        names: the names of the current header.
    """

    def __init__(self, lines: Iterable[bytes], shown: str, remark: Callable[[str], None]) -> None:
        self.torn: list[str] = []
        self.names: Sequence[str] = ()
        self._lines, self._shown, self._remark = lines, shown, remark
        self._rest = b""
        self._first: Sequence[str] = ()  # the first line, until the first row is compared with it
        self._cells: Callable[[Iterable[str]], Iterator[list[str]]] = csv.reader

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; BadMetricsError if the file is not CSV, or has no names of columns."""
        texts = self._texts()
        first = list(islice(texts, _FIRST))
        named = _SEPARATOR.fullmatch(first[0]) if first else None
        delimiter = named[1] if named else _delimiter(first)
        lines = chain(first[1:] if named else first, texts, [f"{_END}\n"])
        read = _pointed if delimiter == ";" else list
        self._cells = lambda lines: map(read, csv.reader(lines, delimiter=delimiter))
        try:
            yield from self._named(self._cells(lines))
        except csv.Error as error:
            raise BadMetricsError(f"{self._shown} is not CSV: {error}") from error
        self.torn = self._last_cells()
        self._check_first(self.torn)

    def _last_cells(self) -> list[str]:
        """Return the cells after the last line end."""
        with suppress(UnicodeDecodeError, csv.Error):  # it may be cut off at any byte
            if self._rest.strip() and self._rest.count(b'"') % 2 == 0:
                return next(self._cells([self._rest.decode()]), [])
        return []

    def _texts(self) -> Iterator[str]:
        """Yield the complete lines as text."""
        bom = b"\xef\xbb\xbf"
        try:
            for line in self._lines:
                if not line.endswith(b"\n"):
                    self._rest = line.removeprefix(bom)
                    return
                text = line.removeprefix(bom).decode()
                bom = b""
                yield text
        except UnicodeDecodeError as error:
            raise BadMetricsError(f"{self._shown} is not UTF-8 text") from error

    def _named(self, rows: Iterable[list[str]]) -> Iterator[Row]:
        names: list[str] | None = None
        comment: list[str] = []
        above: Sequence[str] = ()
        for row, below in pairwise(chain(filter(None, rows), [[]])):
            if names is None and not any(map(str.strip, row)):
                continue
            if names is None or row[0][:1] not in _NUMERIC:
                if row[0] == _END:
                    return
                if row[0].lstrip()[:1] == "#":
                    comment = [row[0].lstrip()[1:], *row[1:]]
                    continue
                if names is None or self._is_header(row, above, below):
                    numbers = all(map(is_number, row))
                    if names is None and numbers and len(comment) != len(row):
                        raise BadMetricsError(f"{self._shown} has no line with the names of its columns")
                    if names is None and not numbers:
                        self._first = row
                    self.names = names = self._header(comment if numbers else row)
                    above = ()
                    if not numbers:
                        continue
            if self._first:
                self._check_first(row)
            if len(row) > len(names):
                self._remark(f"{self._shown} has rows with more cells than names; those cells are left out")
            elif len(row) < len(names):
                self._remark(f"{self._shown} has rows with fewer cells than the {len(names)} of its header")
            above = row
            yield names, row
        raise BadMetricsError(f"{self._shown}: a quote in the last row is never closed")

    def _is_header(self, row: list[str], above: Sequence[str], below: Sequence[str]) -> bool:
        if repeats(row, self.names):
            return True
        following: Sequence[str] | None = below
        if below[:1] == [_END]:
            last = self._last_cells()
            following = last if len(last) == len(row) else None
        if not begins_table(row, above, following):
            return False
        line = ",".join(row)[:80]
        self._remark(f"{self._shown}: the line {line!a} is read as the names of the columns below it")
        return True

    def _check_first(self, row: Sequence[str]) -> None:
        """Check whether the first line, taken for names, is a row; BadMetricsError if it certainly is."""
        first, self._first = self._first, ()
        if not is_like_a_row(first, row):
            return
        if len(first) == 2:
            raise BadMetricsError(f"{self._shown} has no line with the names of its columns")
        if not all(INT.fullmatch(cell.strip()) for cell in first if is_number(cell)):
            line = ",".join(first)[:80]
            self._remark(f"{self._shown}: its first line {line!a} is read as the names of its columns")

    def _header(self, row: Sequence[str]) -> list[str]:
        """Return the names in a header; the second one of two equal names becomes name.1, as in pandas."""
        if len(row) > _MOST_COLUMNS:
            raise BadMetricsError(f"{self._shown} has more than {_MOST_COLUMNS} columns")
        names = [name.strip() for name in row]
        repeated = [name for name, times in Counter(filter(None, names)).items() if times > 1]
        if not repeated:
            return names
        self._remark(f"{self._shown} names the column {repeated[0][:80]!a} twice; the second is called .1")
        taken, times = set(names), Counter[str]()
        for place, name in enumerate(names):
            times[name] += 1
            if name and times[name] > 1:
                number = times[name] - 1
                while f"{name}.{number}" in taken:
                    number += 1
                names[place] = f"{name}.{number}"
                taken.add(names[place])
        return names


def read_columns(
    lines: Iterable[bytes], shown: str, remark: Callable[[str], None], wanted: Iterable[str] = ()
) -> dict[str, list[Any]]:
    """Return the columns of all complete rows, with None for an empty cell.

    A last row without a line end is left out, since its last number may be cut off.

    Args:
        lines: the lines of the file.
        shown: the name of the file for messages.
        remark: called with a line about parts that are left out or renamed.
        wanted: metrics that are kept even if there are too many.
    """
    length = 0
    blocks: list[tuple[Sequence[str], list[list[str]]]] = []
    for names, row in Rows(lines, shown, remark):
        if not blocks or blocks[-1][0] is not names:
            blocks.append((names, []))
        blocks[-1][1].append(row)
        length += 1
        if length > _MOST_ROWS:
            raise BadMetricsError(f"{shown} has more than {_MOST_ROWS} lines")
    every = dict.fromkeys(name for names, _ in blocks for name in names if name)
    columns: dict[str, list[str]] = {name: [] for name in check_shape(length, every, wanted, shown, remark)}
    done = 0
    for names, rows in blocks:
        cells = zip(*_padded(rows, len(names)), strict=True)
        for name, column in zip(names, cells, strict=True):
            if name in columns:
                columns[name] += [""] * (done - len(columns[name]))
                columns[name] += column
        done += len(rows)
    return {name: _typed_column([*column, *[""] * (done - len(column))]) for name, column in columns.items()}


def values_of(names: Sequence[str], row: Sequence[str]) -> dict[str, Value]:
    """Return the values of a row by name, without empty cells and columns that have no name."""
    pairs = ((name, cell.strip()) for name, cell in zip(names, row, strict=False) if name)
    return {name: typed(cell) for name, cell in pairs if cell}


def typed(text: str) -> Value:
    """Return the value of a cell: a number or a truth value if it looks like one, else the text.

    A whole number with more than `LONGEST` characters becomes None.
    """
    if INT.fullmatch(text):
        return int(text) if len(text) <= LONGEST else None
    if FLOAT.fullmatch(text):
        return float(text)
    return {"true": True, "false": False}.get(text.lower(), text)


def _delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter that occurs most in the header, the first line that is not blank or a comment."""
    given = [line for line in lines if line.strip()]
    header = next((line for line in given if line.lstrip()[:1] != "#"), given[0] if given else "")
    # A delimiter in quotes is part of a name.
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count)


def _pointed(row: list[str]) -> list[str]:
    """Return the cells with decimal points instead of decimal commas, unless a cell has a decimal point."""
    if any(map(_POINT.fullmatch, row)):
        return row
    return [cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell for cell in row]


def _padded(rows: list[list[str]], width: int) -> list[list[str]]:
    if set(map(len, rows)) == {width}:
        return rows
    return [[*row[:width], *[""] * (width - len(row))] for row in rows]


def _typed_column(cells: Sequence[str]) -> list[Any]:
    """Apply `typed` to a column; faster if all cells are plain numbers, which Python parses the same way."""
    text = "".join(cells)
    if text.isascii() and "_" not in text:
        for kind in (int, float):
            try:
                return [kind(cell) if cell else None for cell in cells]
            except ValueError:
                continue
    return [typed(cell.strip()) if cell.strip() else None for cell in cells]
