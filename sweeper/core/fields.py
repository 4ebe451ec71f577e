"""Reads fields of plain data (a parsed JSON object), and checks their types.

All functions raise KeyError if a required field is missing, and TypeError or ValueError if its value is not
of the expected type. They are simple functions and no library: ten thousand trials are read through them.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

_FAR = 1e12
"""The limit of times and durations (seconds); as a Unix time, it is in the year 33658."""
LARGEST = 2**53
"""The limit of whole numbers: other JSON readers could not hold larger ones exactly."""


def text(data: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """Return a string."""
    value = data[key] if default is None else data.get(key, default)
    if isinstance(value, str):
        return value
    raise TypeError(f"{key} is {value!r}")


def seconds(data: Mapping[str, Any], key: str, default: float | None = None) -> float:
    """Return a time, a duration or another number within the same limit; never NaN."""
    value: float = data[key] if default is None else data.get(key, default)
    try:
        if -_FAR < value < _FAR:
            return value
    except TypeError:
        pass  # not a number: refused like one that is too large
    raise ValueError(f"{key} is {value!r}")


def seconds_or_none(data: Mapping[str, Any], key: str) -> float | None:
    """Return the same as `seconds`, but None if the field is null or missing."""
    return None if data.get(key) is None else seconds(data, key)


def whole(data: Mapping[str, Any], key: str) -> int:
    """Return a whole number."""
    value = data[key]
    if type(value) is int and -LARGEST < value < LARGEST:
        return value
    raise ValueError(f"{key} is {value!r}")


def whole_or_none(data: Mapping[str, Any], key: str) -> int | None:
    """Return the same as `whole`, but None if the field is null or missing."""
    return None if data.get(key) is None else whole(data, key)


def flag(data: Mapping[str, Any], key: str) -> bool:
    """Return a truth value; False if it is missing."""
    value = data.get(key, False)
    if isinstance(value, bool):
        return value
    raise TypeError(f"{key} is {value!r}")


def table(data: Mapping[str, Any], key: str, default: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return an object with arbitrary content."""
    value = data[key] if default is None else data.get(key, default)
    if isinstance(value, dict):
        return value
    raise TypeError(f"{key} is {value!r}")


def named_texts(data: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return an object whose values are strings; empty if it is missing."""
    if key not in data:
        return {}
    found = table(data, key)
    return {name: text(found, name) for name in found}


def texts(data: Mapping[str, Any], key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Return a list of strings, as a tuple."""
    if default is not None and key not in data:
        return default
    values = data[key]
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise TypeError(f"{key} is {values!r}")


def wholes(data: Mapping[str, Any], key: str) -> tuple[int, ...] | None:
    """Return a list of whole numbers, as a tuple; None if it is null or missing."""
    values = data.get(key)
    if values is None:
        return None
    if isinstance(values, list) and all(type(value) is int for value in values):
        return tuple(values)
    raise TypeError(f"{key} is {values!r}")


def only(data: Mapping[str, Any], known: Container[str]) -> None:
    """Raise TypeError if the object has a field that this version does not know."""
    if unknown := [name for name in data if name not in known]:
        raise TypeError(f"{unknown[0]} is not known")
