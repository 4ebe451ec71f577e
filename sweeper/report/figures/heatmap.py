"""Heatmap of the mean metric over two swept parameters."""

from __future__ import annotations

from typing import Any

from sweeper.report.figures.picture import SCALE, Picture, Section, axis, label
from sweeper.report.grid import Group, Points, over_seeds
from sweeper.report.scale import Scale, make_scale
from sweeper.results.cells import readable

_MOST = 60


def draw(points: Points, *, maximise: bool) -> Section | None:
    """Make the picture; None unless exactly two parameters (besides seeds) vary, with a few values each.

    Args:
        points: the completed trials.
        maximise: whether a larger metric is better.
    """
    if len(points.searched) != 2:
        return None
    across, down = (_names(make_scale(points.column(name))) for name in points.searched)
    if not all(2 <= len(scale.levels) <= _MOST for scale in (across, down)):
        return None
    groups = over_seeds(points)
    cells = {
        (x, y): group
        for group, x, y in zip(
            groups,
            across.places([group.row[0] for group in groups]),
            down.places([group.row[1] for group in groups]),
            strict=True,
        )
    }
    rows = [
        [cells.get((float(x), float(y))) for x in range(len(across.levels))] for y in range(len(down.levels))
    ]
    trace = {
        "type": "heatmap",
        "z": [[group.mean if group else None for group in row] for row in rows],
        "text": [[_text(group) for group in row] for row in rows],
        "texttemplate": "%{text}" if len(cells) <= 150 else "",
        "hovertemplate": "%{text}<extra></extra>",
        "colorscale": SCALE,
        "reversescale": not maximise,
        "xgap": 2,
        "ygap": 2,
        "colorbar": {"title": {"text": label(points.metric, 20)}, "thickness": 12},
    }
    layout: dict[str, Any] = {
        "xaxis": axis(across, points.searched[0]) | {"showgrid": False, "zeroline": False},
        "yaxis": axis(down, points.searched[1]) | {"showgrid": False, "zeroline": False},
        "margin": {"l": 60, "r": 10, "t": 10, "b": 50},
    }
    height = min(700, 140 + 48 * len(down.levels))
    picture = Picture(
        "Heatmap", _caption(points, cells, maximise), {"data": [trace], "layout": layout}, height
    )
    how = f"{points.metric} for each pair of values" + (", the mean over seeds." if points.seeds else ".")
    return Section("heatmap", f"{' and '.join(points.searched)} together", how, [picture])


def _names(scale: Scale) -> Scale:
    """Return a scale with the same levels as names, so that all cells have equal width."""
    return Scale("names", scale.levels)


def _text(group: Group | None) -> str:
    if group is None:
        return ""
    return f"{group.mean:.4g}" + (
        f" ± {group.spread:.2g}<br>n={len(group.values)}" if group.spread is not None else ""
    )


def _caption(points: Points, cells: dict[tuple[float, float], Group], maximise: bool) -> str:
    best = (max if maximise else min)(cells.values(), key=lambda group: group.mean)
    first, second = (
        f"{name} = {readable(value)}" for name, value in zip(points.searched, best.row, strict=True)
    )
    where = f"{first} and {second}, with {readable(best.mean)}"
    return f"{len(cells)} cells have a value; {points.metric} is best at {where}."
