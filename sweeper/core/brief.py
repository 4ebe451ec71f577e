"""Summarizes a journal record in one line for a log, without any text from users or programs."""

from __future__ import annotations

from sweeper.core.formatting import indexes
from sweeper.core.model import Attempt
from sweeper.core.records import (
    Abandoned,
    Added,
    Collected,
    Ended,
    Granted,
    Launched,
    Launching,
    Offered,
    Record,
    Stopping,
    kind_of,
)


def brief(record: Record) -> str:
    """Return the record's kind and trials, without parameters, metrics and errors: these may hold secrets."""
    return " ".join([kind_of(record), *_about(record)])


def _about(record: Record) -> list[str]:
    match record:
        case Added(trial):
            return [f"trial {trial.index}"]
        case Granted(_, kind, trials):
            return [kind, "all" if trials is None else indexes(trials)]
        case Offered(slots):
            return [f"{slots} slots"]
        case Ended(attempt, _, outcome, again):
            return [_name(attempt), f"({outcome.cause}{', again' if again else ''})"]
        case Collected(attempt, cause):
            return [_name(attempt), f"({cause})"]
        case Launching(attempt) | Launched(attempt) | Abandoned(attempt) | Stopping(attempt):
            return [_name(attempt)]
    return []


def _name(attempt: Attempt) -> str:
    return f"trial {attempt.trial} attempt {attempt.number}"
