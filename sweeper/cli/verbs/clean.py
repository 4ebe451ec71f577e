"""cvsweep clean: remove the checkpoints of trials that have ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sweeper.app.cleaning import Cleaning, check_cleaning, clean
from sweeper.cli.common import find_sweeps, say
from sweeper.cli.confirm import confirmed
from sweeper.cli.parsers.clean import make_parser
from sweeper.cli.printing import printing
from sweeper.core.errors import UsageError
from sweeper.core.removal import total


def main(argv: list[str]) -> int:
    """Ask, then remove the checkpoints; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    if not given.checkpoints:
        raise UsageError(
            "clean: say what is to go: cvsweep clean --checkpoints SWEEP (a whole sweep: cvsweep rm SWEEP)"
        )
    found = [check_cleaning(folder, every=given.all) for folder in find_sweeps(given.sweeps, given.root)]
    size = total(one.size for one in found)
    if not size.files:
        say("there are no checkpoints to remove")
        return 0
    if not confirmed(
        _lines(found), f"remove them for good ({size.describe()})?", verb="clean", yes=given.yes
    ):
        say("nothing is removed")
        return 1
    gone = total(clean(one, printing()) for one in found)
    say(f"removed {gone.describe()}")
    return 0 if gone == size else 3


def _lines(found: Sequence[Cleaning]) -> Iterator[str]:
    for one in found:
        yield from (f"{one.folder.name}: {line}" for line in one.left)
        kept = f"; those of trial {one.kept}, the best, stay" if one.kept is not None else ""
        yield f"{one.folder.name}: checkpoints of {one.trials}: {one.size.describe()}{kept}"
