"""Why a sweep pauses, for people who have just read how its trials failed."""

from __future__ import annotations

from sweeper.core.state import State

ALIKE = "every other trial would end in the same way"


def pause_words(state: State, reason: str) -> str:
    """The reason, without the error in it if a failed trial has been shown with it."""
    outcomes = (state.trials[index].outcome for index in reversed(state.failures))
    for error in (outcome.error for outcome in outcomes if outcome and outcome.error):
        if reason == error:
            return ALIKE
        if reason.endswith(f": {error}"):
            return reason.removesuffix(f": {error}")
    return reason
