"""Failures as the page shows them: those with the same error together, with the end of one log."""

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
    """Trials that failed in one way; `log` is how the first one's ends, its traceback where it has one."""

    trials: tuple[int, ...]
    cause: str
    error: str
    log: tuple[str, ...]


ReadLog = Callable[[Trial, Attempt], str]
"""The end of an ended attempt's log; empty where there is none."""


def make_failures(state: State, read_log: ReadLog) -> list[Failure]:
    """The most frequent ways in which trials failed, each with one log."""
    found = []
    for group in grouped_by_error(state)[:_GROUPS]:
        first, outcome = group[0], group[0].outcome
        if outcome:
            log = read_log(first.trial, Attempt(first.trial.index, first.number))
            trials = tuple(one.trial.index for one in group)
            found.append(Failure(trials, str(outcome.cause), outcome.error, tuple(traceback(log))))
    return found


def traceback(log: str) -> Sequence[str]:
    """The last traceback in the end of a log, or its last lines where there is none."""
    lines = last_lines(log, _LINES)
    begins = [place for place, line in enumerate(lines) if _BEGIN in line]
    return lines[begins[-1] :] if begins else lines[-10:]
