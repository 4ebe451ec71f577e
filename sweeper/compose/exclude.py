"""`sweep.exclude`: the points that are dropped from a grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweeper.compose.plain_data import lookup
from sweeper.compose.points import Point
from sweeper.compose.trials import option_text
from sweeper.core.equality import same_value
from sweeper.core.errors import UsageError
from sweeper.core.formatting import did_you_mean
from sweeper.core.settings import RESERVED

_ABSENT = object()


class Exclusions:
    """The entries of sweep.exclude: a point is dropped if all keys of one entry have the given values."""

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self._entries = [dict(_flatten(entry, "")) for entry in entries]
        self._unseen = {key for entry in self._entries for key in entry}
        self._seen_in: list[str] = []
        self.count = 0
        if not all(self._entries):
            raise UsageError("sweep.exclude: an empty entry would drop every point")

    def match(self, point: Point) -> bool:
        """Return whether this point is dropped, and count it if so."""
        if not self._entries:
            return False
        self._look_for_names(point)
        found = any(all(_holds(point, key, value) for key, value in entry.items()) for entry in self._entries)
        self.count += found
        return found

    def check_names(self) -> None:
        """Refuse a key that no point had: a misspelled key would silently exclude nothing."""
        if self._unseen:
            name = min(self._unseen)
            raise UsageError(
                f"sweep.exclude names {name}, which no point has{did_you_mean(name, self._seen_in)}"
            )

    def _look_for_names(self, point: Point) -> None:
        if self._unseen:
            self._unseen -= {key for key in self._unseen if _value(point, key) is not _ABSENT}
            self._seen_in = [*point.choices, *(key for key in point.data if key not in RESERVED)]


def _value(point: Point, key: str) -> Any:
    """Return the option of the group with this name, else the value of the parameter."""
    option = point.choices.get(key)
    if option is not None:
        return option
    try:
        return lookup(point.data, key.split("."))
    except KeyError:
        return _ABSENT


def _holds(point: Point, key: str, value: Any) -> bool:
    """Whether the point has this value; several options of a group also match their text in the table."""
    option = point.choices.get(key)
    as_text = isinstance(option, list) and option_text(option) == value
    return as_text or same_value(_value(point, key), value)


def _flatten(entry: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
