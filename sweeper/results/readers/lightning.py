"""PyTorch Lightning's CSVLogger: a sparse metrics.csv beside an hparams.yaml, in lightning_logs/version_N."""

from __future__ import annotations

from collections.abc import Iterator

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.curve import Curve
from sweeper.results.readers.csv_file import NAME, read_curve
from sweeper.results.readers.csv_rows import Rows, typed
from sweeper.results.readers.line_files import every_line
from sweeper.results.readers.listing import Listing
from sweeper.results.readers.metric_values import flatten_metrics
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.runs import curve_of_runs, final_of
from sweeper.results.readers.tree import Outputs, outermost

HPARAMS = "hparams.yaml"
"""Only its existence is checked: the parameters are known, and YAML is slow to parse."""

_VERSION = lazy(r"(?:.*/)?version_[0-9]+/")


def metrics(tree: Outputs, remark: Remark) -> dict[str, Value] | None:
    """Return the last value of every column, since metrics logged separately are in different rows."""
    return final_of(_logged(tree), lambda folder: _final(folder, remark), remark)


def curve(tree: Outputs, remark: Remark) -> Curve | None:
    """Return the curve over `step`; rows of training and validation with the same step are merged."""
    return curve_of_runs(_logged(tree), lambda folder: read_curve(tree, folder, NAME, remark))


def _logged(tree: Outputs) -> Iterator[Listing]:
    return outermost(one for one in tree.holding(NAME) if HPARAMS in one or _VERSION.fullmatch(one.place))


def _final(folder: Listing, remark: Remark) -> dict[str, Value]:
    shown = folder.shown(NAME)
    last: dict[str, str] = {}
    with folder.open(NAME) as file:
        for names, row in Rows(every_line(file, shown, remark), shown, remark):
            last.update((name, cell) for name, cell in zip(names, row, strict=False) if cell and name)
    return flatten_metrics({name: typed(cell.strip()) for name, cell in last.items()}, shown, remark)
