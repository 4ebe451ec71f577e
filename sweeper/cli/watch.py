"""`cvsweep status -w`: look every second; redraw in a terminal, else say what has changed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from sweeper.app.status import SweepStatus, follow_status
from sweeper.cli.common import show
from sweeper.cli.current import Current
from sweeper.cli.status_view import advice, is_loud, shown, status_lines
from sweeper.core.formatting import counted, escape
from sweeper.core.paths import SweepPaths


def watch(paths: SweepPaths, *, as_json: bool) -> int:
    """Watch until the sweep ends, rests, or is left alone."""
    if as_json:
        _print_changes(paths, lambda seen: json.dumps(seen.to_json()))
    elif sys.stdout.isatty():
        _redraw(paths)
    else:
        for line in advice(_print_changes(paths, _plain), time.time()):
            show(line)
    return 0


def _print_changes(paths: SweepPaths, words: Callable[[SweepStatus], str]) -> SweepStatus:
    """One line for every look at which the counts or the pause have changed; the last look."""
    last = None
    for seen in follow_status(paths):
        facts = (dict(seen.snapshot.counts), seen.snapshot.paused)
        if facts != last:
            last = facts
            sys.stdout.write(f"{words(seen)}\n")
            sys.stdout.flush()
    return seen


def _plain(seen: SweepStatus) -> str:
    paused = f"; paused: {escape(seen.snapshot.paused)}" if seen.snapshot.paused else ""
    return f"{time.strftime('%H:%M:%S')} {counted(seen.snapshot.counts)}{paused}"


def _redraw(paths: SweepPaths) -> None:
    """Draw every look; what the last one saw stays, with its lines whole."""
    from sweeper.cli.screen import Line, Screen

    screen, current, lines = Screen(sys.stdout), Current(paths), list[str]()
    try:
        for seen in follow_status(paths):
            lines = status_lines(seen, metrics=current.of(shown(seen)))
            screen.draw([Line([(line, "bold red" if is_loud(line) else "")]) for line in lines])
    finally:
        screen.close()
        sys.stdout.writelines(f"{line}\n" for line in lines)
