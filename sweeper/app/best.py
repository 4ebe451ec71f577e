"""The best trial of a sweep, as a dict for the Python API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sweeper.core.errors import UsageError
from sweeper.core.state import State
from sweeper.results.best import best_trial
from sweeper.results.metric import Metric
from sweeper.store.folder import SweepFolder


def best(folder: SweepFolder, metric: str | None, mode: str | None) -> dict[str, Any] | None:
    """See Sweep.best."""
    state = folder.state()
    if mode not in (None, "min", "max"):
        raise UsageError(f"mode is min or max, not {mode!r}")
    settings = folder.settings.results
    if metric and Metric.parse(metric).how and metric not in _metrics(state):
        raise UsageError(
            f"best compares values at the end of trials: name {Metric.parse(metric).name}; for {metric}:"
            f" cvsweep results --metric {metric}"
        )
    wanted = metric or settings.metric or _only_metric(folder, state)
    if wanted is None:
        return None
    of_settings = settings.mode if settings.metric in (None, wanted) else None  # else it is another metric's
    found = best_trial(state, replace(settings, metric=wanted, mode=mode or of_settings))
    if found is None:
        names = _metrics(state)
        if metric and names and metric not in names and Metric.parse(metric).name not in names:
            raise UsageError(f"no trial has the metric {metric}; there is {', '.join(sorted(names)[:10])}")
        return None
    index, value = found
    trial = state.trials[index].trial
    return {
        "trial": index,
        "params": dict(trial.params),
        "choices": dict(trial.choices),
        "metric": wanted,
        "value": value,
    }


def _only_metric(folder: SweepFolder, state: State) -> str | None:
    names = _metrics(state)
    if len(names) > 1:
        raise UsageError(
            f"{folder.name} has several metrics: name one of {', '.join(sorted(names)[:10])},"
            " or set results.metric"
        )
    return next(iter(names), None)


def _metrics(state: State) -> set[str]:
    return {name for one in state.trials if one.outcome for name in one.outcome.metrics}
