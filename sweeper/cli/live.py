"""A run in a terminal: counts, progress, what runs and what failed, redrawn in place."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweeper.cli.common import hush
from sweeper.cli.words import with_choices
from sweeper.core.records import Record
from sweeper.core.snapshot import FailedTrial, RunningTrial, Snapshot
from sweeper.core.state import ENDS, State
from sweeper.core.words import counted, duration, escape, one_line

_REDRAW = 0.25


class LiveView:
    """Redraws at most four times a second, on stderr."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._drawn_at = 0.0
        self._stderr = sys.stderr  # itself: while the view is up, sys.stderr writes above it
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._try(self._live.start)

    def __call__(self, news: Sequence[Record], state: State, at: Snapshot) -> None:
        now = time.monotonic()
        if now - self._drawn_at >= _REDRAW:
            self._drawn_at = now
            self._try(lambda: self._live.update(picture(self._name, at, self._console.height), refresh=True))

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._try(self._live.stop)

    def _try(self, draw: Callable[[], None]) -> None:
        """Draw; a terminal that has gone is no reason for the sweep to stop."""
        try:
            draw()
        except OSError:
            hush(self._stderr)


def picture(name: str, at: Snapshot, height: int = 24) -> RenderableType:
    """The sweep at a glance, in at most `height` lines."""
    notes = at.notes[:3]
    failures = at.failures[: max(0, min(3, height - 7 - len(notes)))]
    room = max(3, height - 6 - len(failures) - len(notes))
    parts: list[RenderableType] = [headline(name, at), _progress(at)]
    if at.running:
        parts.append(_running(at.running[:room], at.at))
    more = at.counts.get("running", 0) - min(room, len(at.running))
    if more > 0:
        parts.append(Text(f"  and {more} more", style="dim"))
    parts += [_failure(one) for one in failures]
    parts += [Text(escape(note), style="yellow", no_wrap=True, overflow="ellipsis") for note in notes]
    if at.paused:
        parts.append(Text(f"paused: {escape(at.paused)}", style="bold yellow"))
    return Group(*parts)


def headline(name: str, at: Snapshot) -> Text:
    """One line: the counts, the slots and when it may be over."""
    left = f"; about {duration(at.eta)} left" if at.eta else ""
    return Text(
        f"{name}: {counted(at.counts)}; {len(at.running)} of {at.slots} slots busy{left}", style="bold"
    )


def _progress(at: Snapshot) -> Table:
    done = sum(at.counts[status] for status in ENDS)
    line = Table.grid()  # a bar alone does not end its line
    line.add_row(ProgressBar(total=max(1, at.total), completed=done, width=60))
    return line


def _running(running: Sequence[RunningTrial], now: float) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False)
    for one in running:
        table.add_row(f"trial {one.trial}", duration(now - one.started_at), _state(one), _short(one))
    return table


def _state(one: RunningTrial) -> str:
    if one.stopping:
        return f"being ended ({one.stopping})"
    return ", ".join(
        filter(None, ["pending" if one.pending else "", f"attempt {one.attempt}" if one.attempt > 1 else ""])
    )


def _short(one: RunningTrial) -> Text:
    words = f"{with_choices(one)}{one_line(one.command)}"
    return Text(words, style="dim", no_wrap=True, overflow="ellipsis")


def _failure(one: FailedTrial) -> Text:
    words = f"trial {one.trial} failed ({one.cause}): {with_choices(one)}{escape(one.error)}"
    return Text(words, style="red", no_wrap=True, overflow="ellipsis")
