"""The representation of a Sweep object: a line of text in a terminal, HTML in a notebook."""

from __future__ import annotations

import html

from sweeper.app.status import SweepStatus
from sweeper.app.table import best_first
from sweeper.core.formatting import counted
from sweeper.core.standing import OPEN
from sweeper.store.folder import SweepFolder

_ROWS = 5


def progress_line(status: SweepStatus) -> str:
    """Return the sweep in one line: name, progress, state, trials by status, and the reason of a pause."""
    done, total = _progress(status)
    paused = f", paused: {status.snapshot.paused}" if status.snapshot.paused and not status.finished else ""
    return (
        f"{status.paths.name} [{done}/{total}] {status.standing}: {counted(status.snapshot.counts)}{paused}"
    )


def progress_html(folder: SweepFolder, status: SweepStatus) -> str:
    """Return the progress line as HTML, with a progress bar and the first rows of the table, best first."""
    from sweeper.results.results_frame import frame_of

    done, total = _progress(status)
    table = frame_of(best_first(folder, folder.state()).top(_ROWS)).to_html(index=False, border=0)
    return (
        f"<div><p>{html.escape(progress_line(status))}</p>"
        f'<progress value="{done}" max="{max(total, 1)}"></progress>{table}</div>'
    )


def _progress(status: SweepStatus) -> tuple[int, int]:
    """Return the number of trials that have ended, and that of all trials."""
    counts = status.snapshot.counts
    total = sum(counts.values())
    return total - sum(counts.get(name, 0) for name in OPEN), total
