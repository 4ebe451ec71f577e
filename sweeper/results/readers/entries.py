"""Lists a folder of any size: as many names as there is time for, and those that matter."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from itertools import islice

from sweeper.core.paths import EXIT, LOG, OWNER
from sweeper.files import nfs_revalidation

MOST = 100_000
"""Names that are listed. A program may leave a million; some network volumes list 10,000 in a second."""

_KNOWN = (
    OWNER, EXIT, LOG, "metrics.json", "metrics.jsonl", "metrics.csv", "all_results.json",
    "trainer_state.json", "lightning_logs",
)  # fmt: skip
"""Looked up by themselves in a folder that was not listed to its end."""


class Named:
    """What os.DirEntry tells, of a name that was looked up and not listed."""

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
    """At most some `most` names of a folder, and whether there are more.

    If there are, the names that readers know and `also` are among them all the same.
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
    """The remark on a folder of which only a part was looked at; `place` is as in Listing."""
    return f"{place or 'its folder'} has more than {MOST} names, and not all of them were looked at"
