"""The table as a pandas DataFrame: the one place that imports pandas."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sweeper.core.model import Value
from sweeper.core.state import State
from sweeper.results.table import make_table
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    import pandas


def load_results(path: str | os.PathLike[str]) -> pandas.DataFrame:
    """The results of a sweep: one row a trial, indexed by `trial`, with proper dtypes.

    Columns are those of sweeper/results/table.py, all parameters included. Texts are `string`;
    whole numbers `int64` and truth values `bool`, or `Int64` and `boolean` where a trial has none;
    numbers are `float64`; what a type cannot hold exactly, and mixed kinds, are `object`.
    A sweep that still runs can be read at any time. UsageError where `path` is no sweep,
    StorageError where its journal is damaged.
    """
    import pandas

    with _no_collection():
        table = make_table(State().apply_all(SweepFolder(path).read().records))
    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.columns)
    data = {
        name: pandas.Series(list(values), dtype=_FIXED.get(name) or _dtype(values))
        for name, values in zip(table.columns, columns, strict=True)
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


# Known before any trial has ended.
_FIXED = {
    "trial": "int64",
    "state": "string",
    "attempts": "int64",
    "seconds": "float64",
    "host": "string",
    "cause": "string",
    "error": "string",
}


def _dtype(values: Sequence[Value]) -> Any:
    kinds = set(map(type, values))
    present = kinds - {type(None)}
    if present == {bool}:
        return "bool" if kinds == present else "boolean"
    if present == {int} and _within(values, 2**63 - 1):
        return "int64" if kinds == present else "Int64"
    if present == {float} or (present == {int, float} and _within(values, 2**53)):
        return "float64"
    return "string" if present == {str} else "object"


def _within(values: Sequence[Value], most: int) -> bool:
    return all(abs(value) <= most for value in values if type(value) is int)
