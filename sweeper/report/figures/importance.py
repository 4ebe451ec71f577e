"""Bars for the share of the metric that each parameter explains."""

from __future__ import annotations

from collections.abc import Sequence

from sweeper.core.formatting import listed
from sweeper.report.figures.picture import BLUE, Picture, Section, label
from sweeper.report.grid import Points
from sweeper.report.importance import LEAST, Importance, importances

_MOST = 20


def draw(points: Points) -> Section | None:
    """Make the picture; None if there are no parameters. With too few trials the section has only a text."""
    if not points.parameters:
        return None
    measured = importances(points)
    found = measured[:_MOST]
    if not found:
        how = f"Too little to tell: it takes {LEAST} completed trials that do not all come out the same."
        return Section("importance", "What matters", how)
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [round(one.share, 4) for one in reversed(found)],
        "y": [label(one.parameter, 24) for one in reversed(found)],
        "marker": {"color": BLUE},
        "hovertemplate": "%{y}: %{x:.0%}<extra></extra>",
    }
    layout = {
        "xaxis": {"range": [0, 1], "tickformat": ".0%"},
        "yaxis": {"automargin": True, "type": "category"},
        "margin": {"l": 40, "r": 20, "t": 10, "b": 40},
    }
    shares = ", ".join(f"{one.parameter} {one.share:.0%}" for one in found)
    picture = Picture(
        "What matters",
        f"Share of {points.metric} that each parameter alone explains: {shares}.",
        {"data": [trace], "layout": layout},
        110 + 28 * len(found),
    )
    return Section("importance", "What matters", _how(points, measured), [picture])


def _how(points: Points, measured: Sequence[Importance]) -> str:
    by = {one.by for one in measured}
    parts = [
        f"How much of the variance of {points.metric}'s ranks each parameter alone explains,"
        f" over {len(points.values)} trials."
    ]
    if "groups" in by:
        parts.append("Groups of equal values are compared, less what chance would explain (epsilon squared).")
    if "correlation" in by:
        parts.append("For parameters with many values: the squared rank correlation (Spearman).")
    parts.append("What parameters only do together is not seen.")
    known = {one.parameter for one in measured}
    left_out = [name for name in points.parameters if name not in known]
    if left_out:
        parts.append(f"Not measured, as too few trials tell their values apart: {listed(left_out)}.")
    return " ".join(parts)
