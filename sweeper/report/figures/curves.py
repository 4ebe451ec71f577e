"""Learning curves: first those of the best, the median and the worst trial, the others on demand.

The page draws them itself, since the user chooses the trials and the metric there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweeper.report.facts import ReportFacts
from sweeper.report.figures.picture import label
from sweeper.report.grid import Points
from sweeper.results.cells import readable
from sweeper.results.curve import Curve, Number

_MOST_NUMBERS = 150_000
_MOST_METRICS = 12


@dataclass(frozen=True, slots=True)
class Curves:
    """The data that the page draws, a caption that describes it, and a sentence on what was left out."""

    data: Mapping[str, Any]
    caption: str
    how: str


def choose(facts: ReportFacts, points: Points | None, curves: Mapping[int, Curve]) -> Curves | None:
    """Select what the page needs of the curves; None if no curve has at least two steps.

    Args:
        facts: the facts of the sweep.
        points: its completed trials with their metric; None if no metric can be used.
        curves: the curves by the index of their trial.
    """
    known = {trial: curve for trial, curve in curves.items() if len(curve.steps) > 1 and curve.series}
    if not known:
        return None
    names = list(dict.fromkeys(name for curve in known.values() for name in curve.series))
    first = _first(names, facts, points)
    names = [first, *(name for name in names if name != first)][:_MOST_METRICS]
    ranked = [trial for trial in (points.trials if facts.metric and points else ()) if trial in known]
    roles = _roles(ranked)
    order = [*roles, *(trial for trial in (*ranked, *sorted(known)) if trial not in roles)]
    kept = _within_budget(list(dict.fromkeys(order)), known, names)
    data = {
        "axis": label(next(iter(known.values())).axis),
        "metrics": [label(name) for name in names],
        "trials": [_drawn(trial, known[trial], names, roles.get(trial, ""), facts) for trial in kept],
    }
    how = (
        f"{len(kept)} trials have curves."
        if len(kept) == len(known)
        else (f"{len(kept)} of {len(known)} curves are here, so that the page stays small.")
    )
    return Curves(data, _caption(first, roles, known), how)


def _first(names: Sequence[str], facts: ReportFacts, points: Points | None) -> str:
    metric = facts.results.metric or ""
    wanted = [metric, metric.removeprefix("metric."), points.metric if points else None]
    return next((name for name in wanted if name in names), names[0])  # type: ignore[return-value]


def _roles(ranked: Sequence[int]) -> dict[int, str]:
    """Return the best, median and worst trial with these roles; each trial has at most one role."""
    if not ranked:
        return {}
    places = {"best": 0, "worst": len(ranked) - 1, "median": len(ranked) // 2}
    taken: dict[int, str] = {}
    for role, place in places.items():
        taken.setdefault(ranked[place], role)
    return dict(sorted(taken.items(), key=lambda item: item[1]))


def _within_budget(order: Sequence[int], curves: Mapping[int, Curve], names: Sequence[str]) -> list[int]:
    """Return the first trials of `order`, as many as keep the page small enough, but at least one."""
    kept: list[int] = []
    numbers = 0
    for trial in order:
        numbers += len(curves[trial].steps) + sum(_size(curves[trial].series.get(name, ())) for name in names)
        if kept and numbers > _MOST_NUMBERS:
            break
        kept.append(trial)
    return kept


def _size(values: Sequence[Number | None]) -> int:
    """Return how many numbers the page holds for one metric of a curve; see `_points`."""
    given = len(values) - values.count(None)
    return given if given == len(values) else 2 * given


def _drawn(trial: int, curve: Curve, names: Sequence[str], role: str, facts: ReportFacts) -> dict[str, Any]:
    return {
        "trial": trial,
        "role": role,
        "state": facts.state.trials[trial].status.value,
        "x": [_short(step) for step in curve.steps],
        "y": [_points(curve, name) for name in names],
    }


def _points(curve: Curve, name: str) -> Any:
    """Return the values of a metric, with their own steps if some steps have no value."""
    values = curve.series.get(name)
    if values is None or None not in values:
        return values and [_short(value) for value in values]
    given = [(step, value) for step, value in zip(curve.steps, values, strict=True) if value is not None]
    return {"x": [_short(step) for step, _ in given], "y": [_short(value) for _, value in given]}


def _short(value: float | int | None) -> float | int | None:
    """Round to six digits, more than a picture shows; None (a gap) for a value that cannot be drawn."""
    if isinstance(value, int):
        return value if abs(value) < 2**53 else None
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None


def _caption(metric: str, roles: Mapping[int, str], known: Mapping[int, Curve]) -> str:
    parts = []
    for trial, role in roles.items():
        last = known[trial].final().get(metric)
        parts.append(
            f"{role}: trial {trial}" + ("" if last is None else f", {metric} {readable(last)} at the end")
        )
    shown = "; ".join(parts) if parts else "no trial is ranked, so all are shown"
    return f"Metrics step by step of {len(known)} trials ({shown})."
