"""The data of the timeline: start and end of attempts, lanes per host, and how many might be live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Abandoned, Collected, Ended, Launched, Launching, Offered, Record
from sweeper.core.retry import COLLECTABLE


@dataclass(frozen=True, slots=True)
class Span:
    """One attempt, with wall times in Unix seconds.

    Attributes:
        attempt: the attempt.
        launched: when the controller launched it.
        began: when its program started; None if it has not started yet, or the time is unknown.
        ended: when it ended; None while it is live.
        cause: why it ended; None while it is live.
        host: where it ran, if known.
    """

    attempt: Attempt
    launched: float
    began: float | None = None
    ended: float | None = None
    cause: Cause | None = None
    host: str = ""


def make_spans(records: Iterable[Record]) -> list[Span]:
    """Return all attempts that were launched and not abandoned, in the order of their launches."""
    spans: dict[Attempt, Span] = {}
    for record in records:
        match record:
            case Launching(attempt, at):
                spans[attempt] = Span(attempt, at)
            case Launched(attempt) if attempt in spans and spans[attempt].ended is None:
                spans[attempt] = _started(spans[attempt], record)
            case Abandoned(attempt):
                spans.pop(attempt, None)
            case Ended(attempt) if attempt in spans and spans[attempt].ended is None:
                spans[attempt] = _ended(spans[attempt], record)
            case Collected(attempt, cause, kept="") if (
                attempt in spans and spans[attempt].cause in COLLECTABLE
            ):
                spans[attempt] = replace(spans[attempt], cause=cause)
    return sorted(spans.values(), key=lambda span: span.launched)


def _started(span: Span, record: Launched) -> Span:
    began = None if record.pending else max(span.launched, record.at)
    return replace(span, began=began, host=record.node or span.host)


def _ended(span: Span, record: Ended) -> Span:
    outcome = record.outcome
    ended = max(span.launched, outcome.ended_at)
    began = max(span.launched, ended - outcome.seconds) if outcome.seconds else span.began
    return replace(span, began=began, ended=ended, cause=outcome.cause, host=outcome.host or span.host)


def in_lanes(spans: Sequence[Span], now: float) -> list[tuple[str, int]]:
    """Return the host and the lane, from 0, of every span; spans that overlap have different lanes.

    Lanes show how many attempts there were at the same time, not which slots or GPUs these had.
    """
    free: dict[str, list[float]] = {}
    found = []
    for span in spans:
        lanes = free.setdefault(span.host, [])
        lane = next((at for at, until in enumerate(lanes) if until <= span.launched), len(lanes))
        lanes[lane : lane + 1] = [now if span.ended is None else span.ended]
        found.append((span.host, lane))
    return found


def live_counts(spans: Sequence[Span], now: float) -> list[tuple[float, int]]:
    """Return the times at which the number of live attempts changes, each with the new number.

    The last time is `now` if attempts are still live.
    """
    changes: dict[float, int] = {}
    for span in spans:
        changes[span.launched] = changes.get(span.launched, 0) + 1
        if span.ended is not None:
            changes[span.ended] = changes.get(span.ended, 0) - 1
    counts, live = [], 0
    for at in sorted(changes):
        live += changes[at]
        counts.append((at, live))
    if live and counts[-1][0] < now:
        counts.append((now, live))
    return counts


def make_offers(records: Iterable[Record]) -> list[tuple[float, int]]:
    """Return the times at which the number of attempts that might be live changed, with the new numbers."""
    found: list[tuple[float, int]] = []
    for at, slots in sorted((one.at, one.slots) for one in records if isinstance(one, Offered)):
        if not found or found[-1][1] != slots:
            found.append((at, slots))
    return found
