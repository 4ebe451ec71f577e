"""What every reader is: it knows one kind of file, its final metrics and its curve."""

from __future__ import annotations

from typing import Protocol

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.tree import Tree


class Reader(Protocol):
    """A module or an object; both functions raise BadMetricsError for a file that cannot be used."""

    def metrics(self, tree: Tree) -> dict[str, Value] | None:
        """The final metrics of an attempt that has ended; None where no file of its kind lies there."""

    def curve(self, tree: Tree) -> Curve | None:
        """What is there of the curve, also while the attempt runs and writes; None as above."""
