"""The table as a pandas DataFrame: the one place that imports pandas."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sweeper.core.state import State
from sweeper.results.table import make_table
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    import pandas


def load_results(path: str | os.PathLike[str]) -> pandas.DataFrame:
    """The results of a sweep: one row a trial, indexed by `trial`, with proper dtypes.

    Columns are those of sweeper/results/table.py, all parameters included. Whole numbers are
    `Int64`, numbers `Float64`, truth values `boolean`, texts `string`; a column of mixed kinds is
    `object`. What a trial does not have is `<NA>`. A sweep that still runs can be read at any time.
    UsageError where `path` is no sweep, StorageError where its journal is damaged.
    """
    import pandas

    with _no_collection():
        table = make_table(State().apply_all(SweepFolder(path).read().records))
    columns = dict(zip(table.columns, zip(*table.rows, strict=True), strict=True)) if table.rows else {}
    data = {
        name: pandas.array(list(columns.get(name, ())), dtype=_dtype(columns.get(name, ())))
        for name in table.columns
    }
    return pandas.DataFrame(data).set_index("trial")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector: it would look through a million new objects again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _dtype(values: Any) -> Any:
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {int}:
        return "Int64"
    if kinds and kinds <= {int, float}:
        return "Float64"
    if kinds == {bool}:
        return "boolean"
    return "string" if kinds <= {str} else "object"
