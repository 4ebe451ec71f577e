"""cvsweep rm: remove sweeps."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from sweeper.app.removing import check_removal, remove
from sweeper.cli.common import root_name, say
from sweeper.cli.confirm import confirmed
from sweeper.cli.parsers.rm import make_parser
from sweeper.cli.printing import printing
from sweeper.core.errors import CvsweepError, StorageError
from sweeper.core.removal import total
from sweeper.store import places, removing
from sweeper.store.folder import SweepFolder


def main(argv: list[str]) -> int:
    """Ask, then remove; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    root = root_name(given.root)
    folders = _opened(root, given.sweeps)
    found = [check_removal(folder) for folder in folders]
    lines = [f"{one.folder.paths.folder}: {one.trials}; {one.size.words()}" for one in found]
    size = total(one.size for one in found).words()
    names = f"sweep {folders[0].name}" if len(folders) == 1 else f"these {len(folders)} sweeps"
    if not confirmed(lines, f"remove {names} for good ({size})?", verb="rm", yes=given.yes):
        say("nothing is removed")
        return 1
    for above in dict.fromkeys(os.path.dirname(one.paths.folder) for one in folders):
        removing.remove_leftovers(above)
    codes = [_removed(folder) for folder in folders]
    return max(codes)


def _opened(root: str, words: Sequence[str]) -> list[SweepFolder]:
    """The sweeps, each once. What cannot be read is for the shell, which asks no questions."""
    paths = dict.fromkeys(places.find(root, word) for word in words)
    try:
        return [SweepFolder(one.folder) for one in paths]
    except StorageError as error:
        raise StorageError(
            f"{error}. Nobody can tell what of it still runs; if nothing does: rm -r"
            f" {' '.join(shlex.quote(one.folder) for one in paths)}"
        ) from error


def _removed(folder: SweepFolder) -> int:
    """Remove one; the exit code. The others are removed, whatever happens to it."""
    try:
        remove(folder, printing())
    except CvsweepError as error:
        say(f"cvsweep: {error}")
        return error.exit_code
    say(f"{folder.name}: removed")
    return 0
