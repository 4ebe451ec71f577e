"""Readers of what programs leave behind: the final metrics in the folder of an ended attempt.

The first reader that finds a file of its kind decides; a file that it cannot use is a problem to
report, never a reason to look for another. What lies there may have been written by anybody.
"""

from __future__ import annotations

from sweeper.core.model import Value
from sweeper.results.readers.csv_file import read_csv
from sweeper.results.readers.json_file import read_json
from sweeper.results.readers.json_lines import read_json_lines
from sweeper.results.readers.listing import BadMetricsError, Listing, Reader

READERS: tuple[Reader, ...] = (read_json, read_json_lines, read_csv)
"""In the order in which they are asked."""


def read_metrics(out: str) -> tuple[dict[str, Value], str]:
    """The final metrics in the folder `out`, flat, and the line that says why they cannot be used.

    The line is empty where all is well, also where nothing was left at all. To be asked only once
    the attempt has ended.
    """
    try:
        listing = Listing.of(out)
        for reader in READERS:
            found = reader(listing)
            if found is not None:
                return found, ""
    except BadMetricsError as problem:
        return {}, str(problem)
    except OSError as error:
        return {}, f"its metrics cannot be read: {error.strerror or error}"
    return {}, ""
