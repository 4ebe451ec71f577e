"""The live view of a run in a terminal: counts, progress, running and failed trials, redrawn in place."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from sweeper.cli.current import Background, Which
from sweeper.cli.describe import describe_running, with_choices
from sweeper.cli.screen import DrawnLines, Line, Screen
from sweeper.core.formatting import counted, duration, escape
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Record
from sweeper.core.snapshot import FailedTrial, RunningTrial, Snapshot
from sweeper.core.state import ENDS, State
from sweeper.core.width import padded, width

_REDRAW = 0.25
_MESSAGES = 3
_FAILURES = 3


class LiveView:
    """Draws the view on stderr, at most four times per second."""

    def __init__(self, paths: SweepPaths) -> None:
        self._name = paths.name
        self._drawn_at = 0.0
        self._metrics = Background(paths)
        self._screen = Screen(sys.stderr)

    def __call__(self, news: Sequence[Record], state: State, at: Snapshot) -> None:
        now = time.monotonic()
        if now - self._drawn_at >= _REDRAW:
            self._drawn_at = now
            height = self._screen.height
            self._metrics.want(at.running[: _lines_left(at, height)])
            self._screen.draw(picture(self._name, at, height, self._metrics.found).lines)

    def close(self) -> None:
        """Stop reading metrics and restore the terminal."""
        self._metrics.close()
        self._screen.close()


def picture(
    name: str, at: Snapshot, height: int = 24, metrics: Mapping[Which, str] | None = None
) -> DrawnLines:
    """Return the view in at most `height` lines; `metrics` are the current metrics of running trials."""
    lines_left = _lines_left(at, height)
    lines = [_line(headline(name, at), "bold"), _progress(at)]
    lines += _running(at.running[:lines_left], at.at, metrics or {})
    more = at.counts.get("running", 0) - min(lines_left, len(at.running))
    if more > 0:
        lines.append(_line(f"  and {more} more", "dim"))
    lines += [_line(_failure(one), "red") for one in at.failures[: _failures(at, height)]]
    lines += [_line(escape(message), "yellow") for message in at.notes[:_MESSAGES]]
    if at.paused:
        lines.append(_line(f"paused: {escape(at.paused)}", "bold yellow"))
    return DrawnLines(lines[:height])


def headline(name: str, at: Snapshot) -> str:
    """Return one line with the counts, the busy slots and the estimated time left."""
    left = f"; about {duration(at.eta)} left" if at.eta else ""
    return f"{escape(name)}: {counted(at.counts)}; {len(at.running)} of {at.slots} slots busy{left}"


def _line(text: str, style: str) -> Line:
    return Line([(text, style)])


def _progress(at: Snapshot) -> Line:
    return Line(done=sum(at.counts[status] for status in ENDS), total=max(1, at.total))


def _messages(at: Snapshot) -> int:
    return min(_MESSAGES, len(at.notes))


def _failures(at: Snapshot, height: int) -> int:
    """Return how many failures are shown."""
    return min(len(at.failures), max(0, min(_FAILURES, height - 7 - _messages(at))))


def _lines_left(at: Snapshot, height: int) -> int:
    """Return how many running trials are shown at most."""
    return max(3, height - 6 - _failures(at, height) - _messages(at))


def _running(running: Sequence[RunningTrial], now: float, metrics: Mapping[Which, str]) -> Iterator[Line]:
    """Yield one line per running trial with aligned columns; leave out empty columns."""
    rows = [
        (
            f"trial {one.trial}",
            duration(now - one.started_at),
            _state(one),
            escape(metrics.get((one.trial, one.attempt), "")),
        )
        for one in running
    ]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for one, row in zip(running, rows, strict=True):
        cells = [padded(cell, to) for cell, to in zip(row, widths, strict=True) if to]
        yield Line([(" " + "  ".join(cells) + "  ", ""), (describe_running(one), "dim")])


def _state(one: RunningTrial) -> str:
    if one.stopping:
        return f"being ended ({one.stopping})"
    return ", ".join(
        filter(None, ["pending" if one.pending else "", f"attempt {one.attempt}" if one.attempt > 1 else ""])
    )


def _failure(one: FailedTrial) -> str:
    return f"trial {one.trial} failed ({one.cause}): {with_choices(one)}{escape(one.error)}"
