"""metrics.csv: names in the first line, and a row a line, of which the last one counts."""

from __future__ import annotations

from collections.abc import Sequence

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.csv_rows import MOST_HEADER, read_cells, read_columns, read_header, typed
from sweeper.results.readers.lines import LastLines, last_lines
from sweeper.results.readers.listing import BadMetricsError
from sweeper.results.readers.rows import curve_of_columns
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat

NAME = "metrics.csv"


def metrics(tree: Tree) -> dict[str, Value] | None:
    """The last row of metrics.csv; an empty cell gives no value, and neither does a column without a name.

    A row without its line end is taken if it has as many cells as the header, else the one before.
    """
    for folder in tree.holding(NAME):
        shown = folder.shown(NAME)
        with folder.open(NAME) as file:
            names, found = read_header(file.head(MOST_HEADER + 1), shown), last_lines(file, shown)
            if file.size <= MOST_HEADER:
                found = _without_header(found)
        return flat(_row(names, found, shown), shown)
    return None


def curve(tree: Tree) -> Curve | None:
    """All rows of metrics.csv; one without its line end is left out."""
    for folder in tree.holding(NAME):
        with folder.open(NAME) as file:
            return curve_of_columns(read_columns(file, folder.shown(NAME)))
    return None


def _without_header(found: LastLines) -> LastLines:
    return LastLines(found.whole[1:], found.rest) if found.whole else LastLines([], b"")


def _row(names: Sequence[str], found: LastLines, shown: str) -> dict[str, Value]:
    if not found.rest:
        return _values(names, found.whole, shown)
    try:
        return _values(names, [*found.whole, found.rest], shown)
    except BadMetricsError:
        if not found.whole:
            raise
        return _values(names, found.whole, shown)  # what lacks its line end and its shape was cut off


def _values(names: Sequence[str], lines: Sequence[bytes], shown: str) -> dict[str, Value]:
    cells = read_cells(_last_row(lines, shown), shown)
    if len(cells) != len(names):
        raise BadMetricsError(f"{shown}: the last row has {len(cells)} cells, the header has {len(names)}")
    pairs = ((name, cell.strip()) for name, cell in zip(names, cells, strict=True) if name)
    return {name: typed(cell) for name, cell in pairs if cell}


def _last_row(lines: Sequence[bytes], shown: str) -> list[bytes]:
    """The lines of the last row: several where a quoted cell has several."""
    if not lines:
        raise BadMetricsError(f"{shown} has a header and no row")
    quotes = 0
    for count, line in enumerate(reversed(lines), start=1):
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            return list(lines[-count:])
    raise BadMetricsError(f"{shown}: a quote in the last row is never closed")
