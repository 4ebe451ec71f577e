"""Which trial of a sweep is the best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweeper.core.model import Status, Value
from sweeper.core.settings import ResultsSettings
from sweeper.core.state import State
from sweeper.results.cells import is_finite
from sweeper.results.metric import better


def best_trial(state: State, settings: ResultsSettings) -> tuple[int, Any] | None:
    """Its index and its value of results.metric; of several that are as good, the first.

    None where no metric ranks the trials, or where none that has completed has a finite value of it.
    """
    if settings.metric is None:
        return None
    told = (
        (one.trial.index, reported(one.outcome.metrics, settings.metric))
        for one in state.trials
        if one.outcome and one.status is Status.COMPLETED
    )
    finite: list[tuple[int, Any]] = [(index, value) for index, value in told if is_finite(value)]
    choose = min if better(settings.metric, settings) == "min" else max
    return choose(finite, key=lambda one: one[1], default=None)


def reported(metrics: Mapping[str, Value], name: str) -> Value:
    """The metric of that name, or of the one that it has in the table; None where it was not reported."""
    return metrics.get(name, metrics.get(name.removeprefix("metric.")))
