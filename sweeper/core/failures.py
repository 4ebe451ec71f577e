"""Groups the errors and the warnings of trials that differ only in numbers and paths."""

from __future__ import annotations

from collections.abc import Iterable

from sweeper.core.formatting import indexes
from sweeper.core.outcome import signature
from sweeper.core.state import State, TrialState


def grouped_by_error(state: State) -> list[list[TrialState]]:
    """Return the failed trials, grouped by their cause and error; the most frequent error comes first."""
    failed = [(one, one.outcome) for one in map(state.trials.__getitem__, sorted(state.failures))]
    return _grouped(((outcome.cause, signature(outcome.error)), one) for one, outcome in failed if outcome)


def warnings(state: State, most: int = 3) -> tuple[list[str], int]:
    """Return lines about the `most` most frequent warnings, and the number of trials with another warning.

    Warnings that differ only in numbers and paths are grouped; the text is that of the first trial.
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
