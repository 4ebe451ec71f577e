"""Write the report of a sweep as one HTML file."""

from __future__ import annotations

import time

from sweeper.app.observers import Observers
from sweeper.app.owners import report_path
from sweeper.files import atomic
from sweeper.report import libraries
from sweeper.store.folder import SweepFolder


def write_report(folder: SweepFolder, observers: Observers) -> str:
    """Write the report, and return its path (see `report_path`).

    Raises:
        UsageError: a package that the report needs is not installed.
        StorageError: the journal cannot be read, or the file cannot be written.
    """
    libraries.require()  # first, since reading the sweep takes a while
    from sweeper.report.gather import gather
    from sweeper.report.page import make_page

    page = make_page(gather(folder, time.time())).encode(errors="backslashreplace")
    path = report_path(folder, observers)
    with atomic.storage(f"writing {path}"):
        atomic.write(path, page, sync=False)
    return path
