"""The protocol of a reader: one kind of file, its final metrics and its curve (__init__.py lists all)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.tree import Outputs

Remark = Callable[[str], None]
"""Called with a line about what was read: a part is missing, names were changed."""


class Reader(Protocol):
    """A module or an object; both functions raise BadMetricsError for a file that cannot be used."""

    def metrics(self, tree: Outputs, remark: Remark) -> dict[str, Value] | None:
        """The final metrics of an attempt that has ended; None if there is no file of its kind."""

    def curve(self, tree: Outputs, remark: Remark) -> Curve | None:
        """What is there of the curve, also while the attempt runs and writes; None as above."""
