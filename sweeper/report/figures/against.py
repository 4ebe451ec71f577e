"""The metric against each parameter, with error bars for the deviation between seeds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from sweeper.report.figures.picture import BLUE, ORANGE, Picture, Section, axis, coordinates, label
from sweeper.report.grid import Group, Points, over_seeds
from sweeper.report.scale import Scale, make_scale
from sweeper.results.cells import readable

_MOST = 12
_MOST_LEVELS = 40
_MOST_HOVERS = 1500
"""With more dots than this, they have no hover texts, which would make the page too large."""


def draw(points: Points) -> Section | None:
    """Make one picture per parameter; None if there are fewer than two points, or no parameters."""
    names = (points.searched or points.parameters)[:_MOST]
    if len(points.values) < 2 or not names:
        return None
    seeded = bool(points.seeds and points.searched)
    groups = over_seeds(points, points.searched if seeded else points.parameters)
    pictures = [_picture(points, place, name, groups) for place, name in enumerate(names)]
    bars = (
        f"the mean over {' and '.join(points.seeds)}, its bar one standard deviation" if seeded else "a trial"
    )
    how = f"Each dot is {bars}; the line joins the medians at each value, whatever the other parameters are."
    return Section("against", f"{points.metric} against each parameter", how, pictures)


def _picture(points: Points, place: int, name: str, groups: Sequence[Group]) -> Picture:
    values = [group.row[place] for group in groups]
    scale = make_scale(values)
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": coordinates(scale, values),
        "y": [group.mean for group in groups],
        "error_y": {
            "type": "data",
            "array": [group.spread or 0.0 for group in groups],
            "thickness": 1,
            "width": 2,
        },
        "marker": {"size": 7, "opacity": 0.6, "color": BLUE},
    }
    if len(groups) <= _MOST_HOVERS:
        dots |= {
            "text": [_hover(group, points) for group in groups],
            "hovertemplate": "%{text}<extra></extra>",
        }
    medians = _medians(scale, values, groups)
    traces = [dots, _line(scale, medians)] if 1 < len(medians) <= _MOST_LEVELS else [dots]
    layout = {
        "xaxis": axis(scale, name),
        "yaxis": {"title": {"text": label(points.metric)}, "automargin": True},
        "showlegend": False,
        "margin": {"l": 50, "r": 10, "t": 10, "b": 40},
    }
    return Picture(name, _caption(points.metric, name, medians), {"data": traces, "layout": layout}, 280)


def _hover(group: Group, points: Points) -> str:
    which = ", ".join(map(str, group.trials[:8])) + (", …" if len(group.trials) > 8 else "")
    spread = "" if group.spread is None else f" ± {group.spread:.3g}"
    row = (
        f"{name}={readable(value)}"
        for name, value in zip(points.searched or points.parameters, group.row, strict=False)
    )
    values = "<br>".join(label(text) for text in row)
    return f"{label(points.metric)} {group.mean:.6g}{spread}<br>{values}<br>trial {which}"


def _medians(scale: Scale, values: Sequence[Any], groups: Sequence[Group]) -> list[tuple[Any, float]]:
    """Return every level of the parameter with the median of the means of its groups."""
    found: dict[float, list[float]] = {}
    for place, group in zip(scale.places(values), groups, strict=True):
        found.setdefault(place, []).append(group.mean)
    return [
        (level, median(found[place]))
        for level, place in zip(scale.levels, scale.places(scale.levels), strict=True)
    ]


def _line(scale: Scale, medians: Sequence[tuple[Any, float]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": coordinates(scale, [level for level, _ in medians]),
        "y": [value for _, value in medians],
        "line": {"color": ORANGE, "width": 2},
        "hoverinfo": "skip",
    }


def _caption(metric: str, name: str, medians: Sequence[tuple[Any, float]]) -> str:
    least, most = min(medians, key=lambda pair: pair[1]), max(medians, key=lambda pair: pair[1])
    if least == most:
        where = f"at {name} = {readable(least[0])}" if len(medians) < 2 else f"at every {name}"
        return f"{metric} {where}: median {readable(least[1])}."
    return (
        f"The median of {metric} over {len(medians)} values of {name} is highest at {readable(most[0])}"
        f" ({readable(most[1])}) and lowest at {readable(least[0])} ({readable(least[1])})."
    )
