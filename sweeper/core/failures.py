"""What trials have in common: errors and warnings that differ only in numbers and paths."""

from __future__ import annotations

from collections.abc import Iterable

from sweeper.core.formatting import indexes
from sweeper.core.outcome import signature
from sweeper.core.state import State, TrialState


def grouped_by_error(state: State) -> list[list[TrialState]]:
    """The failed trials, grouped by their error; the most frequent error comes first."""
    failed = [(one, one.outcome) for one in map(state.trials.__getitem__, sorted(state.failures))]
    return _grouped(((outcome.cause, signature(outcome.error)), one) for one, outcome in failed if outcome)


def warnings(state: State, most: int = 3) -> tuple[list[str], int]:
    """The most frequent warnings as lines, `most` at most, and how many trials have another one.

    Warnings that differ only in numbers and paths are one; the first trial's words stand for all.
    """
    found = [(one, one.outcome.warning) for one in state.trials if one.outcome and one.outcome.warning]
    texts = {one.trial.index: text for one, text in found}
    groups = _grouped((signature(text), one) for one, text in found)
    shown = [
        f"{indexes(one.trial.index for one in group)}: {texts[group[0].trial.index]}"
        for group in groups[:most]
    ]
    head = f"{len(found)} trial{' has' if len(found) == 1 else 's have'} a warning:"
    lines = [f"{head} {shown[0]}"] if len(shown) == 1 else [head, *shown] if shown else []
    return lines, sum(map(len, groups[most:]))


def _grouped(marked: Iterable[tuple[object, TrialState]]) -> list[list[TrialState]]:
    groups: dict[object, list[TrialState]] = {}
    for mark, one in marked:
        groups.setdefault(mark, []).append(one)
    return sorted(groups.values(), key=len, reverse=True)
