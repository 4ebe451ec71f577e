"""Flattens the metrics of a file for the journal: dotted names, scalars only, and not too many."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sweeper.core.model import Value
from sweeper.core.patterns import lazy

LONGEST = 1000
"""The largest number of characters of a text, or digits of a number, that is kept as a metric."""

FOLD = ("fold", "cv_fold", "kfold", "fold_id", "fold_idx")
"""Names of the columns or keys that number the folds of a cross-validation."""

MOST_NAMES = 1000
_MOST_BYTES = 64 * 1024
_DEEPEST = 20
_SURROGATE = lazy("[\ud800-\udfff]")


def flatten_metrics(data: Mapping[str, Any], file: str, remark: Callable[[str], None]) -> dict[str, Value]:
    """Return the metrics in `data`, with nested names joined by dots.

    Lists, nulls and long texts are left out. So are values that are nested too deep, and all but the last
    value of a repeated name, with a remark.

    Args:
        data: the parsed content of a file.
        file: the name of the file for messages.
        remark: called with a line about values that are left out.
    """
    kept: dict[str, Value] = {}
    twice = ""
    for name, value in scalars(data, file, remark):
        if name in kept:
            twice = twice or name
        kept[name] = value
    if twice:
        remark(f"{file} gives {twice[:80]!a} twice; the last one counts")
    return kept


def limited(
    metrics: Mapping[str, Value], wanted: Collection[str], remark: Callable[[str], None]
) -> Mapping[str, Value]:
    """Return the metrics that the journal keeps: the `wanted` ones, and the first thousand of the others.

    If their JSON is larger than 64 KiB, fewer are kept.
    """
    if len(metrics) <= MOST_NAMES and len(_json(metrics)) <= _MOST_BYTES:
        return metrics
    kept, size = set[str](), 0
    for name in sorted(metrics, key=lambda name: name not in wanted):  # a stable sort
        size += len(_json({name: metrics[name]}))
        if size > _MOST_BYTES or len(kept) == MOST_NAMES + sum(one in metrics for one in wanted):
            break
        kept.add(name)
    remark(f"there are {len(metrics)} metrics, too many; {len(kept)} of them are kept")
    return {name: value for name, value in metrics.items() if name in kept}


def first_names(names: Iterable[str], wanted: Collection[str]) -> list[str]:
    """Return the names that a curve keeps: the first thousand, and the `wanted` ones."""
    every = list(names)
    return [name for place, name in enumerate(every) if place < MOST_NAMES or name in wanted]


def scalars(
    data: Mapping[str, Any],
    file: str,
    remark: Callable[[str], None],
    prefix: str = "",
    depth: int = 1,
) -> Iterator[tuple[str, Value]]:
    """Yield the names and values of `data` that are metrics, with nested names joined by dots."""
    if depth > _DEEPEST:
        remark(f"{file} is nested deeper than {_DEEPEST} levels; what lies deeper is left out")
        return
    for key, value in data.items():
        name = prefix + valid_text(key)
        if isinstance(value, dict):
            yield from scalars(value, file, remark, f"{name}.", depth + 1)
        elif isinstance(value, bool | int | float):
            yield name, value
        elif isinstance(value, str) and len(value) <= LONGEST:
            yield name, valid_text(value)


def say_folds(folds: Iterable[Any], file: str, remark: Callable[[str], None]) -> None:
    """Add a remark if the rows of a file belong to several folds; `folds` has the fold of each row."""
    if len(set(map(repr, folds))) > 1:
        remark(
            f"{file} has rows of several folds, and the last row alone counts: let a last one hold the mean"
        )


def valid_text(text: str) -> str:
    """Return the text with lone surrogates replaced: JSON can escape them, but UTF-8 cannot encode them."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def last(values: Sequence[Any]) -> Any:
    """Return the last value that is not None."""
    return next((value for value in reversed(values) if value is not None), None)


def _json(metrics: Mapping[str, Value]) -> bytes:
    return json.dumps(metrics, ensure_ascii=False).encode()
