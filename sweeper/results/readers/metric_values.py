"""Flattens the metrics of a file for the journal: dotted names, scalars only, and not too many."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sweeper.core.model import Value
from sweeper.core.patterns import lazy

LONGEST = 1000
"""Characters of a text, or digits of a number, that are still a metric."""

FOLD = ("fold", "cv_fold", "kfold", "fold_id", "fold_idx")
"""What numbers the parts of a cross-validation."""

MOST_NAMES = 1000
_MOST_BYTES = 64 * 1024
_DEEPEST = 20
_SURROGATE = lazy("[\ud800-\udfff]")


def flatten_metrics(data: Mapping[str, Any], file: str, remark: Callable[[str], None]) -> dict[str, Value]:
    """The metrics in `data`, nested names joined by dots.

    Lists, nulls and long texts are no metrics and left out. What is nested too deep is left out, and of two
    values of one name the last counts: both are remarked upon.
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
    """As many of the metrics as the journal keeps: the `wanted` ones, and the first thousand."""
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
    """Those of the names that a curve keeps: the `wanted` ones, and the first thousand."""
    every = list(names)
    return [name for place, name in enumerate(every) if place < MOST_NAMES or name in wanted]


def scalars(
    data: Mapping[str, Any],
    file: str,
    remark: Callable[[str], None],
    prefix: str = "",
    depth: int = 1,
) -> Iterator[tuple[str, Value]]:
    """The names and values of `data` that are metrics, nested names joined by dots."""
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
    """Remark upon a file whose rows are of several folds, given the fold of each."""
    if len(set(map(repr, folds))) > 1:
        remark(
            f"{file} has rows of several folds, and the last row alone counts: let a last one hold the mean"
        )


def valid_text(text: str) -> str:
    """The text with half characters replaced: JSON can spell them, but no UTF-8 file can hold them."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def last(values: Sequence[Any]) -> Any:
    """The last value that is not None."""
    return next((value for value in reversed(values) if value is not None), None)


def _json(metrics: Mapping[str, Value]) -> bytes:
    return json.dumps(metrics, ensure_ascii=False).encode()
