"""The table as Markdown, for a wiki or a chat."""

from __future__ import annotations

from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.cells import is_numeric, readable
from sweeper.results.output import escaped
from sweeper.results.tabular import Table

# What would be markup, or would end the cell: a text shows as it is, whoever wrote it.
_MARKUP = lazy(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def to_markdown(table: Table) -> str:
    """A Markdown table, numbers rounded. UsageError where the package for it is not installed."""
    try:
        from tabulate import tabulate
    except ImportError:
        raise UsageError("-o md needs the package tabulate: pip install 'cvsweep[md]'") from None
    rows = [[_cell(value) for value in row] for row in table.rows]
    numeric = [is_numeric(table.column(name)) for name in table.columns]
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
    return _plain(readable(value))


def _plain(text: str) -> str:
    for character, spelled in _HTML.items():
        text = text.replace(character, spelled)
    return _MARKUP.sub(r"\\\g<0>", escaped(text))
