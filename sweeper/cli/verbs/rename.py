"""cvsweep rename: give a sweep another name."""

from __future__ import annotations

from sweeper.app.renaming import rename
from sweeper.cli.common import find_sweep, say
from sweeper.cli.parsers.rename import make_parser
from sweeper.cli.printing import printing


def main(argv: list[str]) -> int:
    """Rename the sweep; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    folder = find_sweep(given.sweep, given.root)
    renamed = rename(folder, given.name, printing())
    say(f"{folder.name} is called {renamed.name} now: {renamed.paths.folder}")
    return 0
