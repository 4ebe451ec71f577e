"""metrics.json: one object with final metrics or with curves as lists, or one object per line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.results.curve import Curve
from sweeper.results.readers import json_lines
from sweeper.results.readers.json_text import parse, parse_object, say_kind
from sweeper.results.readers.listing import BadMetricsError, Listing
from sweeper.results.readers.metric_values import FOLD, flatten_metrics, last, say_folds
from sweeper.results.readers.reader import Remark
from sweeper.results.readers.rows import curve_of, curve_of_columns
from sweeper.results.readers.runs import curve_of_runs, final_of
from sweeper.results.readers.tree import Outputs

NAME = "metrics.json"
_MOST = 1024 * 1024
_HEAD = 64 * 1024
_NUMBERS = {int, float, type(None)}
_NO_CURVE = lazy(
    r"per[_-]?(class|label|category)|class[_-]?wise|confusion|hist(ogram)?$|shape|dims|thresholds|bins"
    r"|(^|[\W_])(k[_-]?)?folds?([\W_]|$)|per[_-]?(seed|run|split|subject|task|domain|dataset|sample)",
    re.I,
)
"""Names of lists with a number for each class, fold or the like instead of each step."""
_CROSS_VALIDATION = {"fit_time", "score_time"}
"""Keys in results of scikit-learn's cross_validate, where every list has a number for each fold."""


def metrics(tree: Outputs, remark: Remark, name: str = NAME) -> dict[str, Value] | None:
    """Return the object in metrics.json, with the last value of each curve in it."""
    return final_of(tree.outermost(name), lambda folder: _final(folder, name, remark), remark)


def curve(tree: Outputs, remark: Remark, name: str = NAME) -> Curve | None:
    """Return the curves in metrics.json; None if it has only final values, or cannot be used (yet)."""
    with suppress(BadMetricsError):
        found = curve_of_runs(tree.outermost(name), lambda folder: _curve(tree, folder, name, remark))
        return found if found and found.steps else None
    return None


def read_object(folder: Listing, name: str, remark: Remark) -> dict[str, Any]:
    """Return the object in a file of at most one MiB."""
    raw = _whole(folder, name)
    return parse_object(raw, folder.shown(name), remark)


def _final(folder: Listing, name: str, remark: Remark) -> dict[str, Value]:
    shown = folder.shown(name)
    raw, lines = _content(folder, name)
    if lines:
        return json_lines.final(folder, name, remark)
    match parse(raw, shown, remark):
        case dict() as data:
            lists = _curves(data) if b"[" in raw else {}
            if lists and len(lists) < len(data):
                names = ", ".join(list(lists)[:3]) + (", …" if len(lists) > 3 else "")
                remark(f"{shown}: lists are read as curves, whose last value counts: {names}")
            _say_steps(lists, shown, remark)
            return flatten_metrics(data | {key: last(values) for key, values in lists.items()}, shown, remark)
        case [*rows] if rows and all(isinstance(row, dict) for row in rows):
            say_folds((row.get(key) for row in rows for key in FOLD if key in row), shown, remark)
            return flatten_metrics(rows[-1], shown, remark)
        case other:
            raise say_kind(other, shown)


def _curve(tree: Outputs, folder: Listing, name: str, remark: Remark) -> Curve:
    shown = folder.shown(name)
    raw, lines = _content(folder, name)
    if lines:
        return json_lines.trace(tree, folder, name, remark)
    if b"[" not in raw:
        return Curve()
    match parse(raw, shown, remark):
        case dict() as data:
            return curve_of_columns(_columns(_curves(data)))
        case [*rows] if all(isinstance(row, dict) for row in rows):
            return curve_of(rows, shown, remark, tree.wanted)
    return Curve()


def _curves(data: Mapping[str, Any], prefix: str = "") -> dict[str, list[Any]]:
    """Return the lists of numbers that are curves, by name.

    A list is not a curve if a list of texts has the same length: those are labels of the numbers.
    """
    texts = {len(one) for one in data.values() if isinstance(one, list) and set(map(type, one)) == {str}}
    found: dict[str, list[Any]] = {}
    if data.keys() >= _CROSS_VALIDATION:
        return found
    for name, value in data.items():
        if isinstance(value, list) and value and set(map(type, value)) <= _NUMBERS:
            if len(value) not in texts and not _NO_CURVE.search(name) and last(value) is not None:
                found[prefix + name] = value
        elif isinstance(value, dict) and not prefix:
            found |= _curves(value, f"{name}.")
    return found


def _columns(lists: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return columns of equal length; a shorter list has its values at every k-th step, the last included.

    So Keras writes validations that do not happen in every epoch. A list whose length does not divide the
    length of the longest one is left out, since its steps are not known.
    """
    length = max(map(len, lists.values()), default=0)
    even = {name: values for name, values in lists.items() if length % len(values) == 0}
    return {
        name: [one for value in values for one in (*[None] * (length // len(values) - 1), value)]
        for name, values in even.items()
    }


def _say_steps(lists: Mapping[str, list[Any]], shown: str, remark: Remark) -> None:
    """Add a remark on shorter lists: which steps `_columns` gives to them, or that it leaves them out."""
    length = max(map(len, lists.values()), default=0)
    shorter = {name: len(values) for name, values in lists.items() if 1 < len(values) < length}
    even = [name for name, many in shorter.items() if length % many == 0]
    uneven = [name for name in shorter if name not in even]
    for names in filter(None, (even, uneven)):
        many = shorter[names[0]]
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        step = length // many
        how = f"they count for steps {step}, {2 * step}, …" if names is even else "they are in no curve"
        remark(f"{shown}: {names[0][:80]!a}{more} has {many} values for {length} steps: {how}")


def _content(folder: Listing, name: str) -> tuple[bytes, bool]:
    """Return the start of the file, and whether it has one object per line; if not, the start is the file."""
    with folder.open(name) as file:
        raw = file.head(_MOST)
        lines = _has_lines(raw[:_HEAD])
        if not lines:
            _check(raw, file.size, folder.shown(name))
    return raw, lines


def _has_lines(head: bytes) -> bool:
    """Whether the first line is a complete object and another object follows."""
    line, _, rest = head.lstrip().partition(b"\n")
    if not (line.startswith(b"{") and line.rstrip().endswith(b"}") and rest.strip()):
        return False
    with suppress(BadMetricsError):
        parse_object(line, NAME)
        return rest.lstrip().startswith(b"{")
    return False


def _whole(folder: Listing, name: str) -> bytes:
    with folder.open(name) as file:
        raw = file.head(_MOST)
        _check(raw, file.size, folder.shown(name))
    return raw


def _check(raw: bytes, size: int, shown: str) -> None:
    if size > _MOST:
        raise BadMetricsError(f"{shown} has {size} bytes, more than {_MOST}: keep the final values in it")
    if not raw.strip():
        raise BadMetricsError(f"{shown} is empty")
