"""returned.json: the value that a Hydra app's main function, or a Python function, returned.

cvsweep_trial.py writes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sweeper.core.model import Value
from sweeper.cvsweep_trial import RETURNED
from sweeper.files.regular import read_limited
from sweeper.results.readers.json_file import read_object
from sweeper.results.readers.metric_values import flatten_metrics
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.tree import Outputs

NAME = RETURNED
METRIC = "returned"
"""The metric's name for a single returned value; the items of a list are `returned_0`, `returned_1`, ..."""
_MOST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Returned:
    """The returned value as JSON data; for a Hydra app also its working directory and its name."""

    value: Any
    working_dir: str = ""
    task_name: str = ""


def read_returned(out: str) -> Returned | None:
    """Return the content of returned.json in the attempt folder `out`; None if it cannot be used."""
    raw = read_limited(os.path.join(out, NAME), _MOST)
    try:
        data = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or "value" not in data:
        return None
    return Returned(data["value"], str(data.get("working_dir", "")), str(data.get("task_name", "")))


def metrics(tree: Outputs, remark: Remark) -> dict[str, Value] | None:
    """Return the returned value as metrics; None if there is no file, or no metric in it."""
    if NAME not in tree.root:
        return None
    data = read_object(tree.root, NAME, remark)
    if lost := data.get("lost"):
        remark(f"what the program returned is not recorded: {str(lost)[:200]}")
    return flatten_metrics(_named(data.get("value")), NAME, remark) or None


def _named(value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {f"{METRIC}_{at}": item for at, item in enumerate(value)}
    return {} if value is None or isinstance(value, str) else {METRIC: value}
