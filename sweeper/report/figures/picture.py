"""The types of pictures and sections, and the axes and labels that figures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sweeper.core.formatting import clipped
from sweeper.report.scale import Scale
from sweeper.results.cells import readable

MOST_TICKS = 10
BLUE, ORANGE, GREY = "#4c78a8", "#e4572e", "#8c8c8c"
SCALE = [[0, "#5b6ee1"], [0.5, "#1fa187"], [1, "#e0a100"]]
"""Colours from bad to good, all of them visible on a white and on a black page."""
Figure = Mapping[str, Any]
"""A figure in plotly's form: `data` (its traces) and `layout`."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, a caption that describes it for readers who cannot see it, and its height in pixels."""

    title: str
    caption: str
    figure: Figure
    height: int = 360


@dataclass(frozen=True, slots=True)
class Section:
    """Related pictures under one heading, and a sentence that explains how to read them."""

    id: str
    title: str
    how: str
    pictures: Sequence[Picture] = field(default=())


def label(text: str, most: int = 40) -> str:
    """Shorten and escape a text for a picture, since plotly interprets some HTML tags in texts."""
    return clipped(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tick(value: Any) -> str:
    """Format a value as the tick of an axis."""
    return label(readable(value), 24) or "(none)"


def bare_tick(value: Any) -> str:
    """Format a value as the tick of an axis of parallel coordinates, where plotly interprets no HTML."""
    return clipped(readable(value), 24) or "(none)"


def axis(scale: Scale, title: str) -> dict[str, Any]:
    """Return the layout of an axis for values that `coordinates` has converted."""
    found: dict[str, Any] = {"title": {"text": label(title)}, "automargin": True}
    if scale.kind == "names":
        places = range(len(scale.levels))
        return found | {
            "tickvals": list(places),
            "ticktext": [tick(level) for level in scale.levels],
            "range": [-0.5, len(scale.levels) - 0.5],
        }
    if scale.kind == "log":
        found["type"] = "log"
    if len(scale.levels) <= MOST_TICKS:
        found |= {"tickvals": list(scale.levels), "ticktext": [tick(level) for level in scale.levels]}
    return found


def coordinates(scale: Scale, values: Sequence[Any]) -> list[Any]:
    """Convert values to coordinates on an axis of this scale."""
    return scale.places(values) if scale.kind == "names" else [float(value) for value in values]
