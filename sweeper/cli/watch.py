"""`cvsweep status -w`: redraw the status in a terminal, print a line per change elsewhere."""

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
    """Show the status until the sweep is at rest or has had no controller for a while; return 0."""
    if as_json:
        _print_changes(paths, lambda seen: json.dumps(seen.to_json()))
    elif sys.stdout.isatty():
        _redraw(paths)
    else:
        for line in advice(_print_changes(paths, _plain), time.time()):
            show(line)
    return 0


def _print_changes(paths: SweepPaths, words: Callable[[SweepStatus], str]) -> SweepStatus:
    """Print a line whenever the counts or the pause have changed; return the last status."""
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
    """Redraw each status; at the end, print the last one with uncut lines."""
    from sweeper.cli.screen import Line, Screen

    screen, current, lines = Screen(sys.stdout), Current(paths), list[str]()
    try:
        for seen in follow_status(paths):
            lines = status_lines(seen, metrics=current.of(shown(seen)))
            screen.draw([Line([(line, "bold red" if is_loud(line) else "")]) for line in lines])
    finally:
        screen.close()
        sys.stdout.writelines(f"{line}\n" for line in lines)
