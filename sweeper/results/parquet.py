"""The table as a Parquet file, for programs that need typed columns or fast reads."""

from __future__ import annotations

import io

import pandas

from sweeper.core.errors import UsageError
from sweeper.core.model import canonical_json
from sweeper.results.results_frame import frame_of
from sweeper.results.tabular import Table


def to_parquet(table: Table) -> bytes:
    """Return the content of a Parquet file; columns of mixed types become JSON texts.

    Raises:
        UsageError: the package pyarrow is not installed.
    """
    try:
        import pyarrow  # noqa: F401  # the message of pandas is much longer
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
