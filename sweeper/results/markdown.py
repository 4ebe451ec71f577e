"""The table as Markdown, for a wiki or a chat."""

from __future__ import annotations

import re

from sweeper.core.command import render_value
from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.results.output import escaped
from sweeper.results.tabular import Table

# What would be markup, or would end the cell: a text shows as it is, whoever wrote it.
_MARKUP = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def to_markdown(table: Table) -> str:
    """A Markdown table, numbers rounded. UsageError where the package for it is not installed."""
    try:
        from tabulate import tabulate
    except ImportError:
        raise UsageError("-o md needs the package tabulate: pip install 'cvsweep[md]'") from None
    rows = [[_cell(value) for value in row] for row in table.rows]
    numeric = [_is_numeric(table, place) for place in range(len(table.columns))]
    return (
        tabulate(
            rows,
            [_plain(name) for name in table.columns],
            tablefmt="pipe",
            disable_numparse=True,
            colalign=["right" if right else "left" for right in numeric] if rows else None,
        )
        + "\n"
    )


def _cell(value: Value) -> str:
    return _plain(f"{value:.6g}" if isinstance(value, float) else render_value(value))


def _plain(text: str) -> str:
    for character, spelled in _HTML.items():
        text = text.replace(character, spelled)
    return _MARKUP.sub(r"\\\g<0>", escaped(text))


def _is_numeric(table: Table, place: int) -> bool:
    kinds = {type(row[place]) for row in table.rows} - {type(None)}
    return bool(kinds) and kinds <= {int, float}
