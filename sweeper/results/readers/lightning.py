"""PyTorch Lightning's CSVLogger: a sparse metrics.csv beside an hparams.yaml, in lightning_logs/version_N."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.csv_rows import read_columns
from sweeper.results.readers.listing import Listing
from sweeper.results.readers.rows import curve_of_columns
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat

NAME = "metrics.csv"
HPARAMS = "hparams.yaml"
"""Only that it is there is looked at: the parameters are known, and YAML is slow to read."""

_VERSION = re.compile(r"(?:.*/)?version_[0-9]+/")
_TAIL = 1024 * 1024


def metrics(tree: Tree) -> dict[str, Value] | None:
    """The last value of every column: what is logged together stands in rows of its own.

    In a large file it is looked for in the last megabyte.
    """
    for folder in _logged(tree):
        shown = folder.shown(NAME)
        with folder.open(NAME) as file:
            columns = read_columns(file, shown, _TAIL)
        return flat({name: _last(values) for name, values in columns.items()}, shown)
    return None


def curve(tree: Tree) -> Curve | None:
    """A step for each `step`: the rows of training and validation at the same one are put together."""
    for folder in _logged(tree):
        with folder.open(NAME) as file:
            return curve_of_columns(read_columns(file, folder.shown(NAME)))
    return None


def _logged(tree: Tree) -> Iterator[Listing]:
    return (one for one in tree.holding(NAME) if HPARAMS in one or _VERSION.fullmatch(one.place))


def _last(values: list[Value]) -> Value:
    return next((value for value in reversed(values) if value is not None), None)
