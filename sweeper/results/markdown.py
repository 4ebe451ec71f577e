"""The table as Markdown, for a wiki or a chat."""

from __future__ import annotations

import pandas

from sweeper.core.errors import UsageError
from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.cells import is_numeric, readable
from sweeper.results.output import escaped
from sweeper.results.tabular import Table

# Markup, or the end of a cell: it is escaped, so that a text is shown as written.
_MARKUP = lazy(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def to_markdown(table: Table) -> str:
    """Return the table as Markdown, with rounded numbers.

    Cells are formatted before pandas gets them: a frame of numbers would show 1 as 1.0 beside 0.5, and
    missing values as nan.

    Raises:
        UsageError: the package tabulate is not installed.
    """
    try:
        import tabulate  # noqa: F401  # the message of pandas is much longer
    except ImportError:
        raise UsageError("-o md needs the package tabulate: pip install 'cvsweep[md]'") from None
    rows = [[_cell(value) for value in row] for row in table.rows]
    frame = pandas.DataFrame(rows, columns=[_plain(name) for name in table.columns], dtype=object)
    numeric = [is_numeric(table.column(name)) for name in table.columns]
    text = frame.to_markdown(
        index=False,
        tablefmt="pipe",
        disable_numparse=True,  # the text "1e5" of a parameter is no number
        colalign=["right" if right else "left" for right in numeric] if rows else None,
    )
    return f"{text}\n"


def _cell(value: Value) -> str:
    return _plain(readable(value))


def _plain(text: str) -> str:
    for character, spelled in _HTML.items():
        text = text.replace(character, spelled)
    return _MARKUP.sub(r"\\\g<0>", escaped(text))
