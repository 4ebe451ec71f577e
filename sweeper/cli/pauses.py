"""The reason for a pause, without repeating the error of a failed trial that was just shown."""

from __future__ import annotations

from sweeper.core.state import State

ALIKE = "every other trial would end in the same way"


def pause_words(state: State, reason: str) -> str:
    """Return the reason for a pause; if it repeats the error of a failed trial, leave that error out."""
    outcomes = (state.trials[index].outcome for index in reversed(state.failures))
    for error in (outcome.error for outcome in outcomes if outcome and outcome.error):
        if reason == error:
            return ALIKE
        if reason.endswith(f": {error}"):
            return reason.removesuffix(f": {error}")
    return reason
