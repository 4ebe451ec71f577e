"""The output of a run without a terminal: one plain line per change."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from sweeper.cli.common import say
from sweeper.cli.messages import is_stamped
from sweeper.cli.pauses import pause_words
from sweeper.core.formatting import duration, escape, indexes
from sweeper.core.model import Cause, Status, Value
from sweeper.core.records import (
    Abandoned,
    Added,
    Collected,
    Ended,
    Granted,
    Launched,
    Paused,
    Record,
    Resumed,
    Stopping,
)
from sweeper.core.retry import FREE, pause_left
from sweeper.core.snapshot import Snapshot
from sweeper.core.standing import pause_of
from sweeper.core.state import ENDS, State
from sweeper.results.cells import readable

_FORGOTTEN = 60.0
"""Seconds of absence after which a message of the backend is printed again when it comes back."""


class PlainLines:
    """Prints new records and new messages of the backend as they arrive."""

    def __init__(self, metric: str | None) -> None:
        self._metric = metric
        self._shown_at: dict[str, float] = {}

    def __call__(self, news: Sequence[Record], state: State, at: Snapshot) -> None:
        added = [record.trial.index for record in news if isinstance(record, Added)]
        lines = [describe(record, state, self._metric, at.at) for record in news]
        done = sum(state.counts[status] for status in ENDS)
        for line in filter(
            None, [f"added {indexes(added)}" if added else "", *lines, *self._new_messages(at)]
        ):
            say(f"{self._time()}[{done}/{len(state.trials)}] {line}")

    def _time(self) -> str:
        return "" if is_stamped() else time.strftime("%H:%M:%S ")

    def close(self) -> None:
        """Do nothing: plain lines hold no resources."""

    def _new_messages(self, at: Snapshot) -> list[str]:
        """Return the backend's messages that were not in a snapshot of the last `_FORGOTTEN` seconds."""
        recent = {message: seen for message, seen in self._shown_at.items() if at.at - seen < _FORGOTTEN}
        self._shown_at = recent | dict.fromkeys(at.notes, at.at)
        return [escape(message) for message in dict.fromkeys(at.notes) if message not in recent]


def describe(record: Record, state: State, metric: str | None = None, wall: float = 0.0) -> str:
    """Return a line for people on a record at wall time `wall`; empty if the record needs no line."""
    match record:
        case Launched():
            return _launched(record)
        case Ended():
            return _ended(record, metric, wall)
        case Collected():
            return _collected(record, metric)
        case Stopping(attempt, Cause.DEADLINE):
            limit = state.trials[attempt.trial].trial.time_limit or 0.0
            return f"trial {attempt.trial} has run for {duration(limit)}, its limit: ending it"
        case Stopping(attempt, cause, reason) if reason:
            return f"trial {attempt.trial} is being ended ({cause}): {escape(reason)}"
        case Abandoned():
            return _abandoned(record, state)
        case Paused(reason):
            why = pause_words(state, reason)
            return f"paused: {escape(why)}" if pause_of(state.counts, reason) else escape(why)
        case Resumed():
            return "no longer paused"
        case Granted(_, "cancel", trials):
            return "cancelling " + ("everything" if trials is None else indexes(trials))
        case Granted(_, "collect"):
            return "results were read again"
        case _:
            return ""


def _launched(record: Launched) -> str:
    """Return the line for a launch: "submitted" while the pod is pending, since it may wait for hours."""
    number = record.attempt.number
    where = f" on {escape(record.node)}" if record.node else ""
    more = f", attempt {number}" if number > 1 else ""
    return f"trial {record.attempt.trial} {'submitted' if record.pending else 'started'}{where}{more}"


def _abandoned(record: Abandoned, state: State) -> str:
    index = record.attempt.trial
    if state.trials[index].status is Status.CANCELLED:
        return f"trial {index} was cancelled"
    return f"trial {index} goes back to the queue: {escape(record.reason)}"


def _ended(record: Ended, metric: str | None, wall: float) -> str:
    outcome = record.outcome
    name = f"trial {record.attempt.trial}"
    if outcome.cause is Cause.COMPLETED:
        return f"{name} completed in {duration(outcome.seconds)}{_value(outcome.metrics, metric)}"
    if outcome.cause is Cause.CANCELLED:
        return f"{name} was cancelled"
    again = f"; again {_pause(record, wall)}" if record.again else ""
    # An attempt that ended through no fault of its own has failed only if it is not tried again.
    did = "goes back to the queue" if record.again and outcome.cause in FREE else "failed"
    return f"{name} {did} ({outcome.cause}): {escape(outcome.error)}{again}"


def _pause(record: Ended, wall: float) -> str:
    left = pause_left(record.delay, record.outcome.ended_at, wall)
    return f"in {duration(left)}" if left else "now"


def _collected(record: Collected, metric: str | None) -> str:
    name = f"trial {record.attempt.trial}"
    if record.kept:
        return f"{name} could not be read again and keeps what was recorded: {escape(record.kept)}"
    if record.cause is Cause.COMPLETED:
        return f"{name} was read again: completed{_value(record.metrics, metric)}"
    return f"{name} was read again: failed ({record.cause}): {escape(record.error)}"


def _value(metrics: Mapping[str, Value], metric: str | None) -> str:
    found = metrics.get(metric) if metric else None
    return f" ({metric}={readable(found)})" if found is not None else ""
