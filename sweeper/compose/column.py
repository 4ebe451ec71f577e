"""The values of an axis: as data, and as the overrides that say them to Hydra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, Transformer

from sweeper.compose.errors import guarded
from sweeper.compose.grid import Axis


@dataclass(frozen=True)
class Column:
    """An axis with its values in front of it."""

    axis: Axis
    elements: list[Any]
    values: list[Any]

    def text(self, at: int) -> str:
        """The override that sets one value, as Hydra's own sweeper writes it where that is right."""
        text = f"{self.axis.element}={Transformer.str(self.elements[at])}"
        if isinstance(self.elements[at], int | float):
            return text  # a number reads the same again
        with guarded():
            again = OverridesParser.create().parse_override(text).value()
        if repr(again) == repr(self.values[at]):
            return text
        # Hydra's sweeper would make the number 2 of the text `str(2)`.
        return f"{self.axis.element}={Transformer.str(_quoted(self.values[at]))}"


def column(axis: Axis) -> Column:
    """The axis's values. Only for a grid whose size was checked."""
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
    """An element of Hydra's override grammar as plain data."""
    if isinstance(element, QuotedString):
        return element.text
    if isinstance(element, list):
        return [data_of(inner) for inner in element]
    if isinstance(element, dict):
        return {data_of(key): data_of(inner) for key, inner in element.items()}
    return element
