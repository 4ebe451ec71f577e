"""Parallel coordinates: every trial is a line through its parameters and its metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sweeper.report.figures.picture import MOST_TICKS, SCALE, Picture, Section, bare_tick, label
from sweeper.report.grid import Points
from sweeper.report.scale import Scale, make_scale
from sweeper.results.cells import readable

_MOST_AXES = 12
_MOST_NAMES = 40


def draw(points: Points, *, maximise: bool) -> Section | None:
    """Make the picture; None if there are fewer than two trials, or no parameters in which they differ.

    Args:
        points: the completed trials.
        maximise: whether a larger metric is better.
    """
    if len(points.values) < 2 or not points.parameters:
        return None
    scales = {name: make_scale(points.column(name)) for name in points.parameters}
    shown = [name for name in points.parameters if _fits(scales[name])][:_MOST_AXES]
    axes = [_axis(name, points.column(name), scales[name]) for name in shown]
    axes.append({"label": label(points.metric, 24), "values": list(points.values)})
    line = {"color": list(points.values), "colorscale": SCALE, "reversescale": not maximise}
    trace = {"type": "parcoords", "dimensions": axes, "line": line, "customdata": list(points.trials)}
    layout = {"margin": {"l": 70, "r": 70, "t": 60, "b": 30}}
    picture = Picture(
        "Parallel coordinates", _caption(points, shown, scales), {"data": [trace], "layout": layout}, 430
    )
    how = (
        "Drag along an axis to keep the trials that pass there, in the table as well; drag an axis by its"
        " name to move it."
    )
    return Section("parallel", "Parallel coordinates", how, [picture])


def _fits(scale: Scale) -> bool:
    return scale.kind != "names" or len(scale.levels) <= _MOST_NAMES


def _axis(name: str, values: Sequence[Any], scale: Scale) -> dict[str, Any]:
    found: dict[str, Any] = {"label": label(name, 24), "values": scale.places(values)}
    if scale.kind != "linear" or len(scale.levels) <= MOST_TICKS:
        ticks = _some(scale.levels) if scale.kind != "names" else scale.levels
        found |= {"tickvals": scale.places(ticks), "ticktext": [bare_tick(level) for level in ticks]}
    return found


def _some(levels: Sequence[Any]) -> Sequence[Any]:
    """Return all levels, or evenly chosen ones if the axis has no space for so many names."""
    step = -(-len(levels) // MOST_TICKS)
    return levels[::step]


def _caption(points: Points, shown: Sequence[str], scales: dict[str, Scale]) -> str:
    axes = ", ".join(_span(name, scales[name]) for name in shown)
    hidden = len(points.parameters) - len(shown)
    parts = [
        f"{len(points.values)} trials as lines through {axes}; {points.metric} from"
        f" {readable(min(points.values))} to {readable(max(points.values))} gives their colour.",
        f"{points.left_out} trials without a number there are left out." if points.left_out else "",
        f"{hidden} more parameters have too many names, or no room." if hidden else "",
    ]
    return " ".join(part for part in parts if part)


def _span(name: str, scale: Scale) -> str:
    if scale.kind == "names":
        return f"{name} ({len(scale.levels)} names)"
    first, last = readable(scale.levels[0]), readable(scale.levels[-1])
    return f"{name} ({first} to {last}{', logarithmic' if scale.kind == 'log' else ''})"
