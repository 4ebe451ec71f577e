"""All rows of a CSV file, or the last of them, column by column."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sweeper.core.model import Value
from sweeper.results.readers.listing import BadMetricsError, RegularFile
from sweeper.results.readers.rows import check_shape
from sweeper.results.readers.values import LONGEST

MOST_HEADER = 64 * 1024
_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)


def read_header(head: bytes, shown: str) -> list[str]:
    """The names in the first line of a file that begins with `head`; those without one are empty.

    `shown` is the file's name in messages.
    """
    line, _, _ = head[: MOST_HEADER + 1].partition(b"\n")
    if len(line) > MOST_HEADER:
        raise BadMetricsError(f"{shown} begins with a line of more than {MOST_HEADER} bytes")
    names = [name.strip() for name in read_cells([line], shown)]
    name, times = Counter(filter(None, names)).most_common(1)[0] if any(names) else ("", 1)
    if times > 1:
        raise BadMetricsError(f"{shown} names the column {name[:80]!a} twice")
    return names


def read_columns(file: RegularFile, shown: str, most: int | None = None) -> dict[str, list[Any]]:
    """The columns of all whole rows, None for an empty cell; of the rows in the last `most` bytes, if given.

    A row without its line end is left out: nobody can see whether its last number is whole.
    """
    if most is not None and file.size > most:
        head, raw = file.head(MOST_HEADER + 1), file.tail(most)
    else:
        head = raw = file.whole(shown)  # at once: a logger may write it anew, with other columns
    names = read_header(head, shown)
    raw = raw[raw.find(b"\n") + 1 : raw.rfind(b"\n") + 1]  # behind the header, or a line cut in two
    rows = [row for row in _rows(raw, shown) if row]
    for row in rows:
        if len(row) != len(names):
            raise BadMetricsError(f"{shown}: a row has {len(row)} cells, the header has {len(names)}")
    check_shape(len(rows), len(names), shown)
    plain = raw.isascii() and b"_" not in raw
    cells = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: _typed_column(one, plain) for name, one in zip(names, cells, strict=True) if name}


def read_cells(lines: Sequence[bytes], shown: str) -> list[str]:
    """The cells of one row, which has several lines where a quoted cell has."""
    try:
        text = b"\n".join(lines).decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError as error:
        raise BadMetricsError(f"{shown} is not UTF-8 text") from error
    try:
        return next(csv.reader([text]), [])
    except csv.Error as error:
        raise BadMetricsError(f"{shown} is not CSV: {error}") from error


def typed(text: str) -> Value:
    """The value of a cell: a number or a truth value where it reads like one, else the text."""
    if _INT.fullmatch(text):
        return int(text) if len(text) <= LONGEST else None
    if _FLOAT.fullmatch(text):
        return float(text)
    return {"true": True, "false": False}.get(text.lower(), text)


def _rows(raw: bytes, shown: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(raw.decode(), newline="")))
    except UnicodeDecodeError as error:
        raise BadMetricsError(f"{shown} is not UTF-8 text") from error
    except csv.Error as error:
        raise BadMetricsError(f"{shown} is not CSV: {error}") from error


def _typed_column(cells: Sequence[str], plain: bool) -> list[Any]:
    """As `typed`, and fast where all are numbers in `plain` spelling, which Python reads as we do."""
    if plain:
        for kind in (int, float):
            try:
                return [kind(cell) if cell else None for cell in cells]
            except ValueError:
                continue
    return [typed(cell.strip()) if cell.strip() else None for cell in cells]
