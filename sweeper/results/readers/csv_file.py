"""metrics.csv: names in the first line, then one row per line; the last row has the final metrics."""

from __future__ import annotations

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.csv_rows import Row, Rows, read_columns, values_of
from sweeper.results.readers.line_files import every_line
from sweeper.results.readers.listing import BadMetricsError, Listing
from sweeper.results.readers.metric_values import FOLD, flatten_metrics, say_folds
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.rows import curve_of_columns
from sweeper.results.readers.runs import curve_of_runs, final_of
from sweeper.results.readers.tree import Outputs

NAME = "metrics.csv"


def metrics(tree: Outputs, remark: Remark, name: str = NAME) -> dict[str, Value] | None:
    """Return the last row of metrics.csv, without empty cells and columns that have no name.

    A last row without a line end is used only if it has as many cells as the header.
    """
    return final_of(tree.outermost(name), lambda folder: _final(folder, name, remark), remark)


def curve(tree: Outputs, remark: Remark, name: str = NAME) -> Curve | None:
    """Return all rows of metrics.csv as a curve, without a last row that has no line end."""
    return curve_of_runs(tree.outermost(name), lambda folder: read_curve(tree, folder, name, remark))


def read_curve(tree: Outputs, folder: Listing, name: str, remark: Remark) -> Curve:
    """Return the curve in a CSV file."""
    shown = folder.shown(name)
    with folder.open(name) as file:
        lines = every_line(file, shown, remark)
        return curve_of_columns(read_columns(lines, shown, remark, tree.wanted))


def _final(folder: Listing, name: str, remark: Remark) -> dict[str, Value]:
    shown = folder.shown(name)
    with folder.open(name) as file:
        rows = Rows(every_line(file, shown, remark), shown, remark)
        found: Row | None = None
        place, folds = None, set[str]()
        for row in rows:
            if not any(map(str.strip, row[1])):
                continue  # spreadsheets end a file with rows of empty cells
            if found is None or row[0] is not found[0]:
                place = next((row[0].index(fold) for fold in FOLD if fold in row[0]), None)
            if place is not None and place < len(row[1]):
                folds.add(row[1][place].strip())
            found = row
        if not rows.names and not rows.torn:
            raise BadMetricsError(f"{shown} is empty")
        if rows.names and len(rows.torn) == len(rows.names):
            found = rows.names, rows.torn
    if found is None:
        raise BadMetricsError(f"{shown} has a header and no row")
    say_folds(folds, shown, remark)
    return flatten_metrics(values_of(*found), shown, remark)
