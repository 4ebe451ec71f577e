"""Tables on stdout: drawn to fit a terminal, or plain lines with aligned columns anywhere else."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Sequence
from typing import Any, Literal

from sweeper.cli.common import say
from sweeper.cli.streams import as_written, is_unicode
from sweeper.core.formatting import clipped, escape, listed
from sweeper.core.width import padded, width
from sweeper.results.cells import is_numeric, readable
from sweeper.results.table import LAST, NOTE, QUOTA, TAGS
from sweeper.results.tabular import Table

_WIDEST = 60
_NARROW = 24
_FOLDING = ("error", "warning", NOTE)
_LEAST = ("gpu", "queue_seconds", QUOTA, "gpu_seconds", "host", "attempts", "cause", "seconds")
_ASKED = ("gpu_seconds", QUOTA, "queue_seconds", "gpu")
"""Columns that are shown only on request."""


def informative(table: Table) -> Table:
    """Return the table without its uninformative columns, such as those with the same value everywhere."""
    return table.only(name for name in table.columns if _is_informative(table, name))


def _is_informative(table: Table, name: str) -> bool:
    if name in table.constants or name in _ASKED:
        return False
    if name not in LAST or name in ("state", "seconds"):
        return True
    nothing = {"cause": "completed", "attempts": 1}.get(name)
    values = {value for value in table.column(name) if value not in (None, "", nothing)}
    return len(values) > (1 if name == "host" else 0)


def show(table: Table, *, keep: str | None = None, whole: bool = False) -> None:
    """Print the table for people: numbers rounded, long texts cut.

    Args:
        table: the table.
        keep: a metric that is never left out (nor are the parameters).
        whole: print all columns, even if the terminal must wrap lines; otherwise columns that do not fit
            are left out and listed.
    """
    drawn = sys.stdout.isatty() and not whole
    if drawn:
        table = _fitting(table, keep, shutil.get_terminal_size().columns)
    numbers = [name for name in table.columns if is_numeric(table.column(name))]
    grid(table.columns, _cells(table), numbers=numbers, folding=_FOLDING, drawn=drawn)


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Collection[str] = (),
    folding: Collection[str] = (),
    drawn: bool,
) -> None:
    """Print a table of texts.

    Args:
        head: the column names.
        rows: the cells of each row.
        numbers: columns that are aligned to the right.
        folding: columns whose long texts are wrapped when the table is drawn.
        drawn: fit the table to the terminal's width; otherwise print plain lines.
    """
    clean = [[as_written(escape(cell), sys.stdout) for cell in row] for row in [head, *rows]]
    right = [name in numbers for name in head]
    if drawn:
        _draw(clean[0], clean[1:], right, [name in folding for name in head])
    else:
        sys.stdout.writelines(f"{line}\n" for line in _aligned(clean, right))


def _cells(table: Table) -> list[list[str]]:
    return [
        [_cell(name, value) for name, value in zip(table.columns, row, strict=True)] for row in table.rows
    ]


def _cell(name: str, value: Any) -> str:
    tags = name == TAGS and isinstance(value, list)
    return clipped(", ".join(map(str, value)) if tags else readable(value), _WIDEST)


def _fitting(table: Table, keep: str | None, most: int) -> Table:
    """Return the table without the columns that do not fit, and name them; the least useful go first."""
    columns = zip(table.columns, *_cells(table), strict=True)  # each with its head
    sizes = {column[0]: max(map(width, column)) for column in columns}
    for name in _FOLDING:
        sizes[name] = min(sizes.get(name, 0), _NARROW)
    metrics = [name for name in reversed(table.metrics) if name != keep]
    candidates = [name for name in (*_LEAST, *metrics) if name in table.columns]
    dropped: list[str] = []
    while candidates and sum(sizes[n] + 2 for n in table.columns if n not in dropped) > most:
        dropped.append(candidates.pop(0))
    if dropped:
        say(f"no room here for {listed(dropped)}: cvsweep results --all has everything")
    return table.only(name for name in table.columns if name not in dropped)


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    places = list(zip(widths, right, strict=True))
    return [
        "  ".join(
            padded(cell, to, right=to_right) for cell, (to, to_right) in zip(row, places, strict=True)
        ).rstrip()
        for row in rows
    ]


def _draw(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], folding: Sequence[bool]
) -> None:
    from rich import box
    from rich.console import Console, OverflowMethod
    from rich.table import Table as Drawn
    from rich.text import Text

    lines = box.SIMPLE_HEAD
    cut: OverflowMethod = "ellipsis"
    if not is_unicode(sys.stdout):  # the same in ASCII; its … would be three columns
        lines, cut = box.Box(str(lines).replace("─", "-"), ascii=True), "crop"
    drawn = Drawn(box=lines, padding=(0, 1, 0, 1), collapse_padding=True, pad_edge=False)
    for name, to_right, folds in zip(head, right, folding, strict=True):
        justify: Literal["left", "right"] = "right" if to_right else "left"
        drawn.add_column(Text(name), justify=justify, no_wrap=not folds, overflow="fold" if folds else cut)
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(drawn)
