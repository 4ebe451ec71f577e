"""Loads the results of one or more sweeps as a pandas DataFrame, one row per trial."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sweeper.core.errors import UsageError
from sweeper.core.model import Value, canonical_json
from sweeper.files.gc_pause import no_collection
from sweeper.results.table import distinct_names, joined, source, table_of
from sweeper.results.tabular import Table
from sweeper.store.folder import SweepFolder

if TYPE_CHECKING:
    import pandas

Path = str | os.PathLike[str]


def load_results(path: Path | Iterable[Path]) -> pandas.DataFrame:
    """Load the results of a sweep, or of several: one row per trial, with suitable dtypes.

    The columns are those of sweeper/results/table.py, including all parameters. Texts are `string`; whole
    numbers `int64` and truth values `bool`, or `Int64` and `boolean` if some are missing; other numbers are
    `float64`. Columns of mixed types, and of values that none of these types holds exactly, are `object`.
    Lists and dicts are JSON texts without spaces (`df["dims"] == "[8,16]"`), since groupby and pivot_table
    cannot use lists; `df["dims"].map(json.loads)` converts them back.

    A sweep that still runs can be read at any time.

    Args:
        path: the folder of a sweep, or an iterable of several.

    Returns:
        A frame indexed by `trial`, or for an iterable by `sweep` and `trial`; `sweep` is the name of the
        sweep, or its path if two have the same name.

    Raises:
        UsageError: a path is not a sweep.
        StorageError: a journal is damaged.
    """
    folders, several = open_sweeps(path)
    with no_collection():
        sources = [
            source(folder, name=name) for folder, name in zip(folders, distinct_names(folders), strict=True)
        ]
        table = joined(sources) if several else table_of(sources[0])
    return frame_of(table).set_index(["sweep", "trial"] if several else "trial")


def open_sweeps(path: Path | Iterable[Path]) -> tuple[list[SweepFolder], bool]:
    """Open the sweeps at the paths, each once; also return whether an iterable was given.

    Raises:
        UsageError: the iterable is empty, or a path is not a sweep.
    """
    if isinstance(path, str | os.PathLike):
        return [SweepFolder(os.path.expanduser(path))], False
    paths = list(dict.fromkeys(os.path.abspath(os.path.expanduser(one)) for one in path))
    if not paths:
        raise UsageError("no sweep was given: name at least one folder")
    return [SweepFolder(one) for one in paths], True


def frame_of(table: Table) -> pandas.DataFrame:
    """Return a table as a DataFrame with the dtypes of `load_results` and the default index."""
    import pandas

    columns = map(_hashable, zip(*table.rows, strict=True)) if table.rows else [()] * len(table.columns)
    own = {*table.parameters, *table.constants, *table.metrics}
    series = [
        pandas.Series(list(values), dtype=(None if name in own else _FIXED.get(name)) or _dtype(values))
        for name, values in zip(table.columns, columns, strict=True)
    ]
    return pandas.DataFrame(dict(zip(table.columns, series, strict=True)))


def _hashable(values: Sequence[Value]) -> Sequence[Value]:
    """Return lists and dicts as JSON texts; a text that equals one of these is quoted, to stay distinct."""
    if not {list, dict} & set(map(type, values)):
        return values
    texts = {canonical_json(value) for value in values if isinstance(value, list | dict)}

    def is_json(value: Value) -> bool:
        return isinstance(value, list | dict) or (isinstance(value, str) and value in texts)

    return [canonical_json(value) if is_json(value) else value for value in values]


# The dtypes of these columns do not depend on their values, which may all be missing.
_FIXED = {
    "sweep": "string",
    "trial": "int64",
    "state": "string",
    "cause": "string",
    "attempts": "int64",
    "seconds": "float64",
    "gpu_seconds": "float64",
    "quota_gpu_seconds": "float64",
    "queue_seconds": "float64",
    "host": "string",
    "gpu": "string",
    "error": "string",
    "warning": "string",
    "code": "string",
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
    whole = [value for value in values if type(value) is int]
    return -most <= min(whole, default=0) and max(whole, default=0) <= most
