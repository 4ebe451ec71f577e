"""Adds points to an existing sweep from the command line, and makes sure that a controller runs them."""

from __future__ import annotations

from sweeper.app.adding import Addition, conclude, say_unused_settings
from sweeper.app.requests import grant, take_or_wait
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.common import say
from sweeper.cli.printing import printing
from sweeper.store.folder import SweepFolder


def add(folder: SweepFolder, found: Addition, *, in_background: bool) -> int:
    """Add the points that the sweep does not have yet and have them run; return the exit code."""
    from sweeper.cli.final_summary import show_ending

    if found.is_over:
        conclude(folder, found, printing())
        return show_ending(folder, found.state)
    granted = grant(folder, found.request) if found.request else folder.is_held()
    return _go_on(folder, found, granted=granted, in_background=in_background)


def _go_on(folder: SweepFolder, found: Addition, *, granted: bool, in_background: bool) -> int:
    """Become the controller, unless a live controller has granted the request; return the exit code."""
    from sweeper.app.taking import change_settings
    from sweeper.cli.controller import control
    from sweeper.cli.detach import detach

    def run() -> int:
        if not in_background:
            return control(folder, settings=found.settings)
        change_settings(folder, found.settings, printing())
        return detach(folder)

    code = None if granted else take_or_wait(folder, found.request, run)
    if code is not None:
        return code
    say_unused_settings(folder, found.settings, printing())
    say(f"its controller goes on; watch it with: cvsweep status -w {sweep_argument(folder.paths.folder)}")
    return 0
