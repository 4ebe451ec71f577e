"""The table as a Parquet file, for other programs that want types and speed."""

from __future__ import annotations

import io

import pandas

from sweeper.core.errors import UsageError
from sweeper.core.model import canonical_json
from sweeper.results.results_frame import frame_of
from sweeper.results.tabular import Table


def to_parquet(table: Table) -> bytes:
    """A whole file. What no column type holds (mixed kinds) becomes JSON text.

    UsageError where the package for it is not installed.
    """
    try:
        import pyarrow  # noqa: F401  # pandas would say it in many more words
    except ImportError:
        raise UsageError("-o parquet needs the package pyarrow: pip install 'cvsweep[parquet]'") from None
    frame = frame_of(table)
    for place, dtype in enumerate(frame.dtypes):
        if str(dtype) == "object":
            values = table.column(frame.columns[place])
            texts = [None if value is None else canonical_json(value) for value in values]
            frame.isetitem(place, pandas.array(texts, "string"))
    file = io.BytesIO()
    frame.to_parquet(file, engine="pyarrow", index=False)
    return file.getvalue()
