"""cvsweep stop: ask the controller of a sweep to launch nothing more."""

from __future__ import annotations

from sweeper.app.stopping import stop
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli.common import find_sweep, say
from sweeper.cli.parsers.stop import make_parser


def main(argv: list[str]) -> int:
    """Ask the sweep's controller to drain, or to leave; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    folder = find_sweep(given.sweep, given.root)
    asked = stop(folder, now=given.now)
    name = sweep_argument(folder.paths.folder)
    running = len(folder.state().live)
    if not asked:
        say(f"{folder.name}: no controller lives, so nothing more is launched anyway")
        if running:
            say(f"{running} may still run; end them with: cvsweep cancel {name}")
        return 0
    if given.now:
        say(f"{folder.name}: its controller leaves; {running} running trials go on without it")
    else:
        say(f"{folder.name}: its controller launches nothing more and waits for {running} running trials")
        say(f"wait for that with: cvsweep wait {name}")
    say(f"go on with: cvsweep resume {name}")
    return 0
