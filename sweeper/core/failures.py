"""Failures of a sweep that are one and the same: those whose errors differ only in numbers and paths."""

from __future__ import annotations

from sweeper.core.outcome import signature
from sweeper.core.state import State, TrialState


def alike(state: State) -> list[list[TrialState]]:
    """The failed trials, those with the same error together, the most frequent error first."""
    groups: dict[tuple[str, str], list[TrialState]] = {}
    failed = [(one, one.outcome) for one in map(state.trials.__getitem__, sorted(state.failures))]
    for one, outcome in [(one, outcome) for one, outcome in failed if outcome]:
        groups.setdefault((outcome.cause, signature(outcome.error)), []).append(one)
    return sorted(groups.values(), key=len, reverse=True)
