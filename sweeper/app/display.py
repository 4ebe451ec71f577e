"""How a Sweep shows itself: a line in a terminal, a few lines of HTML in a notebook."""

from __future__ import annotations

import html

from sweeper.app.status import SweepStatus
from sweeper.app.table import best_first
from sweeper.core.formatting import counted
from sweeper.store.folder import SweepFolder

_ROWS = 5
_DONE = ("completed", "failed", "cancelled")


def progress_line(status: SweepStatus) -> str:
    """The sweep in one line: its name, how far it is, and what the trials do."""
    counts = status.snapshot.counts
    total = sum(counts.values())
    done = sum(counts.get(name, 0) for name in _DONE)
    paused = f", paused: {status.snapshot.paused}" if status.snapshot.paused and not status.finished else ""
    return f"{status.paths.name} [{done}/{total}] {status.standing}: {counted(counts)}{paused}"


def progress_html(folder: SweepFolder, status: SweepStatus) -> str:
    """The same as HTML, with a bar, and the first rows of the table, the best first."""
    from sweeper.results.results_frame import frame_of

    counts = status.snapshot.counts
    total = sum(counts.values())
    done = sum(counts.get(name, 0) for name in _DONE)
    table = frame_of(best_first(folder, folder.state()).top(_ROWS)).to_html(index=False, border=0)
    return (
        f"<div><p>{html.escape(progress_line(status))}</p>"
        f'<progress value="{done}" max="{max(total, 1)}"></progress>{table}</div>'
    )
