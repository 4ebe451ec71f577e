"""Measures how much of the metric each parameter explains alone.

The metric is replaced by its ranks, so that one diverged run does not dominate the result. For a parameter
with few values, the measure is the share of the ranks' variance that groups of equal values explain,
corrected for what random groups of the same number would explain (epsilon squared, of Kruskal and Wallis).
For a parameter with many different numbers, it is the squared rank correlation (Spearman). Interactions
between parameters are not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import correlation
from typing import Any, Literal

from sweeper.report.grid import Points
from sweeper.report.scale import make_scale

LEAST = 12
"""The smallest number of trials for which importances are computed."""
_PER_GROUP = 3


@dataclass(frozen=True, slots=True)
class Importance:
    """The share that a parameter explains, from 0 to 1, and the measure used."""

    parameter: str
    share: float
    by: Literal["groups", "correlation"]


def importances(points: Points) -> list[Importance]:
    """Return the measurable parameters, the most important first; empty if there are too few trials.

    A parameter whose values are not numbers needs three trials per value on average.
    """
    if len(points.values) < LEAST or len(set(points.values)) < 2:
        return []
    ranks = _ranks(points.values)
    measured = [_measure(name, points.column(name), ranks) for name in points.parameters]
    return sorted((one for one in measured if one), key=lambda one: -one.share)


def _measure(name: str, values: Sequence[Any], ranks: Sequence[float]) -> Importance | None:
    scale = make_scale(values)
    if len(scale.levels) < 2:
        return None
    places = scale.places(values)
    if len(values) >= _PER_GROUP * len(scale.levels):
        return Importance(name, _explained(places, ranks), "groups")
    if scale.kind == "names" or len(set(places)) < 2:
        return None
    return Importance(name, correlation(_ranks(places), ranks) ** 2, "correlation")


def _explained(groups: Sequence[float], ranks: Sequence[float]) -> float:
    members: dict[float, list[float]] = {}
    for group, rank in zip(groups, ranks, strict=True):
        members.setdefault(group, []).append(rank)
    mean = sum(ranks) / len(ranks)
    total = sum((rank - mean) ** 2 for rank in ranks)
    between = sum(len(one) * (sum(one) / len(one) - mean) ** 2 for one in members.values())
    within = (total - between) / (len(ranks) - len(members))
    return max(0.0, (between - (len(members) - 1) * within) / total)


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of every value, from 1; equal values get the mean of their ranks."""
    places: dict[float, list[int]] = {}
    for rank, value in enumerate(sorted(values), 1):
        places.setdefault(value, []).append(rank)
    return [sum(places[value]) / len(places[value]) for value in values]
