"""The values of an axis: as data, and as overrides for Hydra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, Transformer

from sweeper.compose.errors import guarded
from sweeper.compose.grid import Axis


@dataclass(frozen=True)
class Column:
    """An axis with all its values, as elements of Hydra's grammar and as plain data."""

    axis: Axis
    elements: list[Any]
    values: list[Any]

    def text(self, at: int) -> str:
        """Return the override that sets the value at an index, as Hydra's sweeper writes it if possible."""
        text = f"{self.axis.element}={Transformer.str(self.elements[at])}"
        if isinstance(self.elements[at], int | float):
            return text  # a number is parsed as the same number again
        with guarded():
            again = OverridesParser.create().parse_override(text).value()
        if repr(again) == repr(self.values[at]):
            return text
        # Hydra's sweeper would turn the text `str(2)` into the number 2.
        return f"{self.axis.element}={Transformer.str(_quoted(self.values[at]))}"


def column(axis: Axis) -> Column:
    """Return the axis with its values. The size of the grid must have been checked before."""
    with guarded(axis.name):
        elements = axis.elements()
    return Column(axis, elements, [data_of(element) for element in elements])


def _quoted(value: Any) -> Any:
    if isinstance(value, str):
        return QuotedString(value, Quote.single)
    if isinstance(value, list):
        return [_quoted(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _quoted(inner) for key, inner in value.items()}
    return value


def data_of(element: Any) -> Any:
    """Return an element of Hydra's override grammar as plain data."""
    if isinstance(element, QuotedString):
        return element.text
    if isinstance(element, list):
        return [data_of(inner) for inner in element]
    if isinstance(element, dict):
        return {data_of(key): data_of(inner) for key, inner in element.items()}
    return element
