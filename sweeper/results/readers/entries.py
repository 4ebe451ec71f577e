"""Lists a folder of any size: a limited number of names, but always those that readers need."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from itertools import islice

from sweeper.core.paths import EXIT, LOG, OWNER
from sweeper.files import nfs_revalidation

MOST = 100_000
"""Names listed at most. A program may write a million files; some volumes list only 10,000 per second."""

_KNOWN = (
    OWNER, EXIT, LOG, "metrics.json", "metrics.jsonl", "metrics.csv", "all_results.json",
    "trainer_state.json", "lightning_logs",
)  # fmt: skip
"""Names that are looked up one by one in a folder that was not listed completely."""


class Named:
    """The same methods as os.DirEntry, for a name that was looked up and not listed."""

    def __init__(self, path: str) -> None:
        self.path, self.name = path, os.path.basename(path)
        self._found = os.lstat(path)

    def is_file(self, *, follow_symlinks: bool) -> bool:
        return stat.S_ISREG(self.stat(follow_symlinks=follow_symlinks).st_mode)

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return stat.S_ISDIR(self.stat(follow_symlinks=follow_symlinks).st_mode)

    def is_symlink(self) -> bool:
        return stat.S_ISLNK(self._found.st_mode)

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        return os.stat(self.path) if follow_symlinks else self._found


Entry = os.DirEntry[str] | Named


def listed(folder: str, most: int, also: Iterable[str] = ()) -> tuple[Mapping[str, Entry], bool]:
    """Return about `most` names of a folder at most, and whether there are more.

    If there are more, the names that readers know and those of `also` are always included.
    """
    with os.scandir(folder) as found:
        names: dict[str, Entry] = {entry.name: entry for entry in islice(found, most + 1)}
    cut = len(names) > most
    if cut:
        names.popitem()
        for name in {*_KNOWN, *also} - set(names):
            nfs_revalidation.revalidate(f"{folder}/{name}")
            if os.path.lexists(f"{folder}/{name}"):
                names[name] = Named(f"{folder}/{name}")
    return names, cut


def many(place: str = "") -> str:
    """Return the remark on a folder that was only partly listed; `place` is as in Listing."""
    return f"{place or 'its folder'} has more than {MOST} names, and not all of them were looked at"
