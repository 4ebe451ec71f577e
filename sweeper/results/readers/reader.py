"""The protocol of a reader: one kind of file, its final metrics and its curve (__init__.py lists all)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.tree import Outputs

Remark = Callable[[str], None]
"""Called with a line about what was read, for example that a part is missing or that names were changed."""


class Reader(Protocol):
    """A module or an object with these functions, which raise BadMetricsError if a file cannot be used."""

    def metrics(self, tree: Outputs, remark: Remark) -> dict[str, Value] | None:
        """Return the final metrics of an attempt that has ended; None if there is no file of this kind."""

    def curve(self, tree: Outputs, remark: Remark) -> Curve | None:
        """Return the curve so far, even while the attempt still writes; None if there is no such file."""
