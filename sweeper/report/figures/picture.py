"""The types of a picture: what plotly draws, and the same as a caption; page.py calls each figure."""

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
"""From bad to good, all of it to be told from a white page and from a black one."""
Figure = Mapping[str, Any]
"""A figure as plotly knows it: `data` (its traces) and `layout`."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, the caption that stands for it where it cannot be seen, and its height in pixels."""

    title: str
    caption: str
    figure: Figure
    height: int = 360


@dataclass(frozen=True, slots=True)
class Section:
    """Pictures that belong together, under one heading, and the sentence that says how to read them."""

    id: str
    title: str
    how: str
    pictures: Sequence[Picture] = field(default=())


def label(text: str, most: int = 40) -> str:
    """A text for a picture: plotly reads a little HTML in texts, and here none of it is markup."""
    return clipped(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tick(value: Any) -> str:
    """A value for an axis."""
    return label(readable(value), 24) or "(none)"


def bare_tick(value: Any) -> str:
    """A value for an axis of parallel coordinates, whose ticks plotly shows as they are."""
    return clipped(readable(value), 24) or "(none)"


def axis(scale: Scale, title: str) -> dict[str, Any]:
    """The layout of an axis on which values stand where `coordinates` puts them."""
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
    """The values as such an axis takes them."""
    return scale.places(values) if scale.kind == "names" else [float(value) for value in values]
