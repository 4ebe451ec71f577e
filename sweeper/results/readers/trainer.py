"""Hugging Face's Trainer: all_results.json, and trainer_state.json with all that it logged."""

from __future__ import annotations

from typing import Any

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.json_file import read_object
from sweeper.results.readers.json_text import parse_object
from sweeper.results.readers.listing import BadMetricsError, Listing
from sweeper.results.readers.rows import curve_of
from sweeper.results.readers.tree import Tree
from sweeper.results.readers.values import flat

RESULTS = "all_results.json"
STATE = "trainer_state.json"
_MOST = 16 * 1024 * 1024
"""Bytes of a state that is read, at once and into some ten times the memory: 100,000 times it logged."""


def metrics(tree: Tree) -> dict[str, Value] | None:
    """What `save_metrics` wrote; without that the last value of everything logged."""
    for folder in tree.holding(RESULTS):
        return flat(read_object(folder, RESULTS), folder.shown(RESULTS))
    for folder in tree.holding(STATE):
        final: dict[str, Value] = {}
        for row in _history(folder):
            final |= row
        return flat(final, folder.shown(STATE))
    return None


def curve(tree: Tree) -> Curve | None:
    """The log's history, of the whole training or as the last checkpoint knows it."""
    for folder in tree.holding(STATE):
        return curve_of(_history(folder), folder.shown(STATE))
    return None


def _history(folder: Listing) -> list[dict[str, Any]]:
    shown = folder.shown(STATE)
    with folder.open(STATE) as file:
        if file.size > _MOST:
            raise BadMetricsError(f"{shown} has {file.size} bytes, more than {_MOST}; it is not read")
        history = parse_object(file.whole(shown), shown).get("log_history")
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        raise BadMetricsError(f"{shown} has no list log_history with an object for each time it logged")
    return history
