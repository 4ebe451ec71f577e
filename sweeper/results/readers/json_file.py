"""metrics.json: one object with the final metrics."""

from __future__ import annotations

from typing import Any

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.json_text import parse_object
from sweeper.results.readers.listing import BadMetricsError, Listing
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat

NAME = "metrics.json"
_MOST = 1024 * 1024


def metrics(tree: Tree) -> dict[str, Value] | None:
    """The object in metrics.json."""
    for folder in tree.holding(NAME):
        shown = folder.shown(NAME)
        return flat(read_object(folder, NAME), shown)
    return None


def curve(tree: Tree) -> Curve | None:
    """It holds none."""
    return None


def read_object(folder: Listing, name: str) -> dict[str, Any]:
    """The object in a file of at most a megabyte."""
    shown = folder.shown(name)
    with folder.open(name) as file:
        if file.size > _MOST:
            raise BadMetricsError(
                f"{shown} has {file.size} bytes, more than {_MOST}: keep the final values in it"
            )
        raw = file.head(_MOST)
    if not raw.strip():
        raise BadMetricsError(f"{shown} is empty")
    return parse_object(raw, shown)
