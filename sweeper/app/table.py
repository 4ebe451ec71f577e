"""The whole table of a sweep, and results.csv in its folder."""

from __future__ import annotations

from sweeper.core.state import State
from sweeper.files import atomic
from sweeper.results.output import to_csv
from sweeper.results.query import ranked
from sweeper.results.table import source, table_of
from sweeper.results.tabular import Table
from sweeper.store.folder import SweepFolder


def write_table(folder: SweepFolder, table: Table) -> None:
    """Write the whole table (see `best_first`) to results.csv in the sweep's folder."""
    text = to_csv(table)
    with atomic.storage(f"writing {folder.paths.table}"):
        atomic.write(folder.paths.table, text.encode(errors="backslashreplace"), sync=False)


def best_first(folder: SweepFolder, state: State) -> Table:
    """Return the whole table, ordered by the metric that ranks the trials, if there is one."""
    return ranked(table_of(source(folder, state)), folder.settings.results)
