"""Finds the best trial of a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sweeper.core.model import Status, Value
from sweeper.core.records import Abandoned, Collected, Ended, Granted, Record
from sweeper.core.settings import ResultsSettings
from sweeper.core.state import State, TrialState
from sweeper.results.cells import is_finite
from sweeper.results.metric import better


def best_trial(state: State, settings: ResultsSettings) -> tuple[int, Any] | None:
    """Return the index of the best completed trial and its value of results.metric.

    Of several equally good trials, the first is returned. The result is None if results.metric is not set, or
    if no completed trial has a finite value of it.
    """
    return _best_of(state.trials, settings)


def best_facts(found: tuple[int, Any] | None, settings: ResultsSettings) -> Mapping[str, Any]:
    """Return the part of a snapshot that describes the best trial; empty if results.metric is not set.

    Args:
        found: the result of `best_trial`.
        settings: the sweep's settings of results.
    """
    if settings.metric is None:
        return {}
    trial, value = found or (None, None)
    mode = str(better(settings.metric, settings))
    return {"metric": settings.metric, "mode": mode, "trial": trial, "value": value}


class BestSoFar:
    """The best trial of a running sweep; most updates compare only the trials that have changed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._settings: ResultsSettings | None = None
        self._found: tuple[int, Any] | None = None
        self._changed: set[int] = set()

    def see(self, records: Iterable[Record]) -> None:
        """Note which trials the new records of the journal change."""
        for record in records:
            if isinstance(record, Ended | Collected | Abandoned):
                self._changed.add(record.attempt.trial)
            elif isinstance(record, Granted):  # completed trials may run again
                self._settings = None

    def facts(self, settings: ResultsSettings) -> Mapping[str, Any]:
        """Return the current `best_facts`."""
        if settings.metric is None:
            return {}
        best = self._found[0] if self._found else None
        if settings != self._settings or best in self._changed:
            self._found = best_trial(self._state, settings)
        else:
            among = sorted(self._changed | ({best} if best is not None else set()))
            self._found = _best_of((self._state.trials[index] for index in among), settings)
        self._settings = settings
        self._changed.clear()
        return best_facts(self._found, settings)


def _best_of(trials: Iterable[TrialState], settings: ResultsSettings) -> tuple[int, Any] | None:
    if settings.metric is None:
        return None
    candidates = (
        (one.trial.index, reported(one.outcome.metrics, settings.metric))
        for one in trials
        if one.outcome and one.status is Status.COMPLETED
    )
    finite: list[tuple[int, Any]] = [(index, value) for index, value in candidates if is_finite(value)]
    choose = min if better(settings.metric, settings) == "min" else max
    return choose(finite, key=lambda one: one[1], default=None)


def reported(metrics: Mapping[str, Value], name: str) -> Value:
    """Return the value of a metric, given its own name or its column in the table; None if it is missing."""
    return metrics.get(name, metrics.get(name.removeprefix("metric.")))
