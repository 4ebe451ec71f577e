"""Fields of plain data (a parsed JSON object), each checked to be of its kind.

All functions raise KeyError if the field is missing and no default is given, and TypeError or ValueError if
it holds something else. They are simple functions and no library: ten thousand trials are read through them.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

_FAR = 1e12
"""No time and no duration is beyond it (seconds): as Unix time it is the year 33658."""
LARGEST = 2**53
"""No whole number of ours is: JSON readers elsewhere could not hold it."""


def text(data: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """A text."""
    value = data[key] if default is None else data.get(key, default)
    if isinstance(value, str):
        return value
    raise TypeError(f"{key} is {value!r}")


def seconds(data: Mapping[str, Any], key: str, default: float | None = None) -> float:
    """A time or a duration, or any other number of such a size; never NaN."""
    value: float = data[key] if default is None else data.get(key, default)
    try:
        if -_FAR < value < _FAR:
            return value
    except TypeError:
        pass  # it is no number: refused like one that is too large
    raise ValueError(f"{key} is {value!r}")


def seconds_or_none(data: Mapping[str, Any], key: str) -> float | None:
    """Like `seconds`, but None if the field is null or missing."""
    return None if data.get(key) is None else seconds(data, key)


def whole(data: Mapping[str, Any], key: str) -> int:
    """A whole number."""
    value = data[key]
    if type(value) is int and -LARGEST < value < LARGEST:
        return value
    raise ValueError(f"{key} is {value!r}")


def whole_or_none(data: Mapping[str, Any], key: str) -> int | None:
    """Like `whole`, but None if the field is null or missing."""
    return None if data.get(key) is None else whole(data, key)


def flag(data: Mapping[str, Any], key: str) -> bool:
    """A truth value; false if it is missing."""
    value = data.get(key, False)
    if isinstance(value, bool):
        return value
    raise TypeError(f"{key} is {value!r}")


def table(data: Mapping[str, Any], key: str, default: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An object, with anything in it."""
    value = data[key] if default is None else data.get(key, default)
    if isinstance(value, dict):
        return value
    raise TypeError(f"{key} is {value!r}")


def named_texts(data: Mapping[str, Any], key: str) -> dict[str, str]:
    """An object of texts; empty if it is missing."""
    if key not in data:
        return {}
    found = table(data, key)
    return {name: text(found, name) for name in found}


def texts(data: Mapping[str, Any], key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """A list of texts."""
    if default is not None and key not in data:
        return default
    values = data[key]
    if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise TypeError(f"{key} is {values!r}")


def wholes(data: Mapping[str, Any], key: str) -> tuple[int, ...] | None:
    """A list of whole numbers; None if it is null or missing."""
    values = data.get(key)
    if values is None:
        return None
    if isinstance(values, list) and all(type(value) is int for value in values):
        return tuple(values)
    raise TypeError(f"{key} is {values!r}")


def only(data: Mapping[str, Any], known: Container[str]) -> None:
    """TypeError where the object has a field that this version does not know."""
    if unknown := [name for name in data if name not in known]:
        raise TypeError(f"{unknown[0]} is not known")
