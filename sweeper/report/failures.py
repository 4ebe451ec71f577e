"""The failures that the page shows: grouped by error, with the end of one log per group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sweeper.core.failures import grouped_by_error
from sweeper.core.formatting import last_lines
from sweeper.core.model import Attempt, Trial
from sweeper.core.state import State

_GROUPS = 20
_LINES = 40
_BEGIN = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True)
class Failure:
    """Trials that failed with the same error; `log` is the last traceback or the end of the log of one."""

    trials: tuple[int, ...]
    cause: str
    error: str
    log: tuple[str, ...]


ReadLog = Callable[[Trial, Attempt], str]
"""Returns the end of the log of an attempt that has ended; empty if there is no log."""


def make_failures(state: State, read_log: ReadLog) -> list[Failure]:
    """Return the most frequent failures, each with one log."""
    found = []
    for group in grouped_by_error(state)[:_GROUPS]:
        first, outcome = group[0], group[0].outcome
        if outcome:
            log = read_log(first.trial, Attempt(first.trial.index, first.number))
            trials = tuple(one.trial.index for one in group)
            found.append(Failure(trials, str(outcome.cause), outcome.error, tuple(traceback(log))))
    return found


def traceback(log: str) -> Sequence[str]:
    """Return the last traceback in the end of a log, or its last ten lines if it has no traceback."""
    lines = last_lines(log, _LINES)
    begins = [place for place, line in enumerate(lines) if _BEGIN in line]
    return lines[begins[-1] :] if begins else lines[-10:]
