"""cvsweep rm: remove sweeps."""

from __future__ import annotations

import os
import shlex

from sweeper.app.removing import Removal, check_removal, remove
from sweeper.cli.common import root_name, say
from sweeper.cli.confirm import confirmed
from sweeper.cli.parsers.rm import make_parser
from sweeper.cli.printing import printing
from sweeper.core.errors import CvsweepError, StorageError, TransientStorageError
from sweeper.core.paths import SweepPaths
from sweeper.core.removal import total
from sweeper.store import removing, sweep_index
from sweeper.store.folder import SweepFolder


def main(argv: list[str]) -> int:
    """Ask, then remove the sweeps; return the exit code."""
    given = make_parser().parse_intermixed_args(argv)
    root = root_name(given.root)
    wanted = dict.fromkeys(sweep_index.find(root, word) for word in given.sweeps)
    found = [_checked(paths) for paths in wanted]
    folders = [one.folder for one in found]
    lines = [f"{one.folder.paths.folder}: {one.trials}; {one.size.describe()}" for one in found]
    size = total(one.size for one in found).describe()
    names = f"sweep {folders[0].name}" if len(folders) == 1 else f"these {len(folders)} sweeps"
    if not confirmed(lines, f"remove {names} for good ({size})?", verb="rm", yes=given.yes):
        say("nothing is removed")
        return 1
    for above in dict.fromkeys(os.path.dirname(one.paths.folder) for one in folders):
        removing.remove_leftovers(above)
    codes = [_removed(folder) for folder in folders]
    return max(codes)


def _checked(paths: SweepPaths) -> Removal:
    """Return what would be removed; for an unreadable sweep, raise an error that suggests `rm -r`."""
    try:
        return check_removal(SweepFolder(paths.folder))
    except TransientStorageError:
        raise
    except StorageError as error:
        raise StorageError(
            f"{error}. Nobody can tell what of it still runs; if nothing does: rm -r"
            f" {shlex.quote(paths.folder)}"
        ) from error


def _removed(folder: SweepFolder) -> int:
    """Remove a sweep; return the exit code instead of raising, so that the others are removed, too."""
    try:
        remove(folder, printing())
    except CvsweepError as error:
        say(f"cvsweep: {error}")
        return error.exit_code
    say(f"{folder.name}: removed")
    return 0
