"""metrics.csv: names in the first line, and a row a line, of which the last one counts."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

from sweeper.core.model import Value
from sweeper.results.readers.lines import LastLines, last_lines
from sweeper.results.readers.listing import BadMetricsError, Listing, RegularFile
from sweeper.results.readers.values import LONGEST, flat

NAME = "metrics.csv"
_MOST_HEADER = 64 * 1024
_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)


def read_csv(listing: Listing) -> dict[str, Value] | None:
    """The last row of metrics.csv; an empty cell gives no value, and neither does a column without a name.

    A row without its line end is taken if it has as many cells as the header, else the one before.
    """
    if NAME not in listing:
        return None
    with listing.open(NAME) as file:
        names, found = _header(file), last_lines(file, NAME)
        if file.size <= _MOST_HEADER:
            found = _without_header(found)
    return flat(_row(names, found), NAME)


def _header(file: RegularFile) -> list[str]:
    line, end, _ = file.head(_MOST_HEADER).partition(b"\n")
    if not end and file.size > _MOST_HEADER:
        raise BadMetricsError(f"{NAME} begins with a line of more than {_MOST_HEADER} bytes")
    names = [name.strip() for name in _cells([line])]
    name, times = Counter(filter(None, names)).most_common(1)[0] if any(names) else ("", 1)
    if times > 1:
        raise BadMetricsError(f"{NAME} names the column {name[:80]!a} twice")
    return names


def _without_header(found: LastLines) -> LastLines:
    return LastLines(found.whole[1:], found.rest) if found.whole else LastLines([], b"")


def _row(names: Sequence[str], found: LastLines) -> dict[str, Value]:
    if not found.rest:
        return _values(names, found.whole)
    try:
        return _values(names, [*found.whole, found.rest])
    except BadMetricsError:
        if not found.whole:
            raise
        return _values(names, found.whole)  # what lacks its line end and its shape was cut off


def _values(names: Sequence[str], lines: Sequence[bytes]) -> dict[str, Value]:
    cells = _cells(_last_row(lines))
    if len(cells) != len(names):
        raise BadMetricsError(f"{NAME}: the last row has {len(cells)} cells, the header has {len(names)}")
    pairs = ((name, cell.strip()) for name, cell in zip(names, cells, strict=True) if name)
    return {name: _typed(cell) for name, cell in pairs if cell}


def _last_row(lines: Sequence[bytes]) -> list[bytes]:
    """The lines of the last row: several where a quoted cell has several."""
    if not lines:
        raise BadMetricsError(f"{NAME} has a header and no row")
    quotes = 0
    for count, line in enumerate(reversed(lines), start=1):
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            return list(lines[-count:])
    raise BadMetricsError(f"{NAME}: a quote in the last row is never closed")


def _cells(lines: Sequence[bytes]) -> list[str]:
    try:
        text = b"\n".join(lines).decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError as error:
        raise BadMetricsError(f"{NAME} is not UTF-8 text") from error
    try:
        return next(csv.reader([text]), [])
    except csv.Error as error:
        raise BadMetricsError(f"{NAME} is not CSV: {error}") from error


def _typed(text: str) -> Value:
    """The value of a cell: a number or a truth value where it reads like one, else the text."""
    if _INT.fullmatch(text):
        return int(text) if len(text) <= LONGEST else None
    if _FLOAT.fullmatch(text):
        return float(text)
    return {"true": True, "false": False}.get(text.lower(), text)
