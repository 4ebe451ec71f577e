"""Turns one mapping per trial into columns: a list of values for every key, under a unique name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sweeper.core.model import Value, canonical_json

_MISSING = object()


def flatten_params(params: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return the parameters with nested ones under dotted names."""
    if dict not in map(type, params.values()):
        return params
    found: dict[str, Value] = {}
    for key, value in params.items():
        if isinstance(value, dict) and value:
            found |= {f"{key}.{name}": inner for name, inner in flatten_params(value).items()}
        else:
            found[key] = value
    return found


def by_key(many: Iterable[Mapping[str, Value]]) -> dict[str, list[Value]]:
    """Return all values of every key, the keys in the order in which they first appear.

    Missing values are marked: apply `with_none` to a column before it is used. Each mapping is read only
    once, so that not all of them need to be in memory together.
    """
    columns: dict[str, list[Value]] = {}
    for count, one in enumerate(many):
        if columns.keys() != one.keys():
            for key in one:
                if key not in columns:
                    columns[key] = [_MISSING] * count
        for key, column in columns.items():
            column.append(one.get(key, _MISSING))
    return columns


def with_none(values: list[Value]) -> list[Value]:
    """Return a column of `by_key` with None for the trials that do not have the key."""
    return [None if value is _MISSING else value for value in values]


def is_constant(values: Sequence[Value]) -> bool:
    """Whether all values are equal and of the same type: `1`, `1.0` and `true` differ, NaN equals NaN."""
    kinds = set(map(type, values))
    if len(kinds) > 1:
        return False
    if kinds <= {str, int, bool}:
        return len(set(values)) == 1
    first = values[0]
    if kinds == {float} and first and first == first:
        return len(set(values)) == 1  # faster than comparing texts, which 0.0, -0.0 and NaN need
    text = repr(first)
    return all(repr(one) == text or canonical_json(one) == canonical_json(first) for one in values)


def disambiguate(keys: Sequence[str], kind: str, taken: Sequence[str]) -> dict[str, str]:
    """Return a unique column name for every key.

    Args:
        keys: the names to use if possible.
        kind: the prefix for a key whose name is taken, as in `metric.seed`.
        taken: the names of other columns.
    """
    columns = {key: key for key in keys if key not in taken}
    for key in keys:
        column = key
        while column in taken or (column != key and column in columns.values()):
            column = f"{kind}.{column}"
        columns[key] = column
    return {key: columns[key] for key in keys}
