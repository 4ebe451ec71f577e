"""A run without a terminal: one plain line per change."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sweeper.cli.common import say
from sweeper.cli.words import duration, escape, indexes
from sweeper.core.command import render_value
from sweeper.core.model import Cause
from sweeper.core.records import Added, Ended, Launched, Paused, Record, Resumed, Stopping, Voided, Wished
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import ENDS, State


class PlainLines:
    """Says what is new, as it happens."""

    def __init__(self, metric: str | None) -> None:
        self._metric = metric

    def __call__(self, news: Sequence[Record], state: State, at: Snapshot) -> None:
        added = [record.trial.index for record in news if isinstance(record, Added)]
        lines = [describe(record, state, self._metric) for record in news]
        done = sum(state.counts[status] for status in ENDS)
        for words in filter(None, [f"added {indexes(added)}" if added else "", *lines]):
            say(f"{time.strftime('%H:%M:%S')} [{done}/{len(state.trials)}] {words}")

    def close(self) -> None:
        """Nothing is left open."""


def describe(record: Record, state: State, metric: str | None = None) -> str:
    """What a record means to a person; empty for what only the journal needs."""
    match record:
        case Launched(attempt, _):
            more = f", attempt {attempt.number}" if attempt.number > 1 else ""
            return f"trial {attempt.trial} started{more}"
        case Ended():
            return _ended(record, metric)
        case Stopping(attempt, Cause.DEADLINE):
            limit = state.trials[attempt.trial].trial.time_limit or 0.0
            return f"trial {attempt.trial} has run for {duration(limit)}, its limit: ending it"
        case Voided(attempt, reason):
            return f"trial {attempt.trial} goes back to the queue: {reason}"
        case Paused(reason):
            return f"paused: {escape(reason)}"
        case Resumed():
            return "no longer paused"
        case Wished(_, "cancel", trials):
            return "cancelling " + ("everything" if trials is None else indexes(trials))
        case _:
            return ""


def _ended(record: Ended, metric: str | None) -> str:
    outcome = record.outcome
    name = f"trial {record.attempt.trial}"
    if outcome.cause is Cause.COMPLETED:
        found = outcome.metrics.get(metric) if metric else None
        said = f" ({metric}={render_value(found)})" if found is not None else ""
        return f"{name} completed in {duration(outcome.seconds)}{said}"
    if outcome.cause is Cause.CANCELLED:
        return f"{name} was cancelled"
    again = f"; again in {duration(record.delay)}" if record.again else ""
    return f"{name} failed ({outcome.cause}): {escape(outcome.error)}{again}"
