"""Hugging Face's Trainer: all_results.json, and trainer_state.json with everything that it logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sweeper.core.model import Value
from sweeper.results.curve import Curve
from sweeper.results.readers.json_file import read_object
from sweeper.results.readers.json_text import parse_object
from sweeper.results.readers.listing import BadMetricsError, Listing
from sweeper.results.readers.metric_values import flatten_metrics
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.rows import curve_of
from sweeper.results.readers.runs import curve_of_runs, final_of
from sweeper.results.readers.tree import Outputs, outermost

ALL = "all_results.json"
RESULTS = ("train_results.json", "eval_results.json", "predict_results.json", ALL)
"""The files that `save_metrics` writes; all_results.json is last because it includes the others."""
STATE = "trainer_state.json"
_MOST = 16 * 1024 * 1024
"""The largest state in bytes that is read, for about 100,000 log entries; it needs ten times the memory."""


def metrics(tree: Outputs, remark: Remark) -> dict[str, Value] | None:
    """Return the last value of everything logged; values that `save_metrics` wrote take precedence."""
    return final_of(_runs(tree), lambda folder: _final(tree, folder, remark), remark)


def curve(tree: Outputs, remark: Remark) -> Curve | None:
    """Return the logged history of the whole training, or else the one that the last checkpoint holds."""
    return curve_of_runs(
        tree.outermost(STATE),
        lambda folder: curve_of(_history(folder), folder.shown(STATE), remark, tree.wanted),
    )


def _runs(tree: Outputs) -> Iterator[Listing]:
    return outermost(folder for folder in tree.folders if ALL in folder or STATE in folder)


def _final(tree: Outputs, folder: Listing, remark: Remark) -> dict[str, Value]:
    written = [name for name in RESULTS if name in folder]
    final: dict[str, Value] = {}
    try:
        for state in tree.holding(STATE):
            if state.place.startswith(folder.place):
                for row in _history(state):
                    final |= row
                break
    except BadMetricsError as problem:
        if not written:
            raise
        remark(str(problem))
    for name in written:
        final |= read_object(folder, name, remark)
    return flatten_metrics(final, folder.shown(written[-1] if written else STATE), remark)


def _history(folder: Listing) -> list[dict[str, Any]]:
    shown = folder.shown(STATE)
    with folder.open(STATE) as file:
        if file.size > _MOST:
            raise BadMetricsError(f"{shown} has {file.size} bytes, more than {_MOST}; it is not read")
        history = parse_object(file.whole(shown), shown).get("log_history")
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        raise BadMetricsError(f"{shown} has no list log_history with an object for each time it logged")
    return history
