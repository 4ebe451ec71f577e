"""The lines that `cvsweep status` prints about a sweep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sweeper.app.status import SweepStatus
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.describe import describe_running, moment, with_choices
from sweeper.core.formatting import clipped, counted, duration, escape, indexes, listed
from sweeper.core.snapshot import FailedTrial, RunningTrial

if TYPE_CHECKING:  # it imports threading, and most sweeps shown here have ended
    from sweeper.cli.current import Which

_RUNNING = 16
_FAILURES = 5
_SILENT = 60.0
_WIDEST = 160


def status_lines(
    seen: SweepStatus,
    now: float | None = None,
    *,
    metrics: Mapping[Which, str] | None = None,
    fit: Callable[[str], str] = str,
) -> list[str]:
    """Return the status of a sweep in lines for people; the advice comes last.

    Args:
        seen: the status.
        now: the wall time in seconds, by default the current one.
        metrics: current metrics of running trials.
        fit: cuts the lines of labels, running trials and failures to a width.
    """
    now = time.time() if now is None else now
    return [
        escape(seen.paths.name),
        *map(fit, _labels(seen)),
        counted(seen.snapshot.counts),
        *_progress(seen),
        *map(fit, _running(seen, now, metrics or {})),
        *map(fit, _failures(seen)),
        *_messages(seen),
        *map(escape, advice(seen, now)),
    ]


def is_loud(line: str) -> bool:
    """Return True if the line asks for action."""
    return line.startswith(("NO CONTROLLER", "PAUSED", "THE CONTROLLER"))


def advice(seen: SweepStatus, now: float) -> Iterator[str]:
    """Yield what is wrong with the sweep as a whole and the command that helps, or the next step."""
    name, snapshot = sweep_argument(seen.paths.folder), seen.snapshot
    if snapshot.paused:
        yield f"PAUSED: {escape(snapshot.paused)}"
    if seen.abandoned:
        yield f"NO CONTROLLER SINCE {moment(seen.seen_at, now)}: cvsweep resume {name}"
    elif snapshot.paused and not seen.held and not seen.finished:
        yield f"go on: cvsweep resume {name}"
    elif seen.held and now - seen.seen_at > _SILENT:
        yield f"THE CONTROLLER IS SILENT SINCE {moment(seen.seen_at, now)}: cvsweep resume --take-over {name}"
    elif seen.finished and snapshot.counts.get("failed") and snapshot.failures:
        yield f"next: cvsweep logs {name} {snapshot.failures[0].trial}, then cvsweep retry {name}"
    elif seen.finished:
        yield f"next: cvsweep results {name}"


def _progress(seen: SweepStatus) -> Iterator[str]:
    snapshot = seen.snapshot
    if not seen.held or seen.finished or not snapshot.slots:
        return
    left = f", about {duration(snapshot.eta)} left" if snapshot.eta else ""
    yield f"{snapshot.counts.get('running', 0)} of {snapshot.slots} slots busy{left}"


def shown(seen: SweepStatus) -> Sequence[RunningTrial]:
    """Return the running trials that get a line each."""
    return seen.snapshot.running[:_RUNNING]


def _labels(seen: SweepStatus) -> Iterator[str]:
    """Yield the tags and the note of the sweep, and the tagged trials."""
    snapshot = seen.snapshot
    if snapshot.tags:
        yield f"tags: {listed(snapshot.tags)}"
    if snapshot.note:
        yield f"note: {clipped(snapshot.note, _WIDEST)}"
    if snapshot.tagged:
        yield "tagged: " + listed(f"{tag} ({indexes(on, 4)})" for tag, on in snapshot.tagged.items())


def _running(seen: SweepStatus, now: float, metrics: Mapping[Which, str]) -> Iterator[str]:
    running = shown(seen)
    if not running:
        return
    yield "running:" if seen.held else "running when last seen:"
    yield from (_live(one, now, metrics.get((one.trial, one.attempt), "")) for one in running)
    more = seen.snapshot.counts.get("running", 0) - len(running)
    if more > 0:
        yield f"  and {more} more"


def _live(one: RunningTrial, now: float, metric: str) -> str:
    again = f" (attempt {one.attempt})" if one.attempt > 1 else ""
    parts = [f"  trial {one.trial}{again}", duration(now - one.started_at)]
    if one.pending:
        parts.append("pending")
    parts += filter(None, (one.node, one.pod))
    if one.stopping:
        parts.append(f"stopping: {one.stopping}")
    if metric:
        parts.append(metric)
    return escape("  ".join([*parts, clipped(describe_running(one), _WIDEST)]))


def _failures(seen: SweepStatus) -> Iterator[str]:
    failures = seen.snapshot.failures
    if failures:
        yield "last failures:"
        yield from (_failure(one) for one in failures[:_FAILURES])


def _failure(one: FailedTrial) -> str:
    return f"  trial {one.trial} ({one.cause}): {clipped(with_choices(one) + one.error, _WIDEST)}"


def _messages(seen: SweepStatus) -> Iterator[str]:
    """Return the backend's messages; they are valid only while a controller holds the sweep."""
    return (f"note: {clipped(note, _WIDEST)}" for note in seen.snapshot.notes if seen.held)
