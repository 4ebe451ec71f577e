"""Permissions of copies: whoever cannot read the original cannot read the copy; only its owner can write."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

_GROUP, _OTHERS = 0o070, 0o007


class Limit:
    """The permissions that copies of files in `source` may have in the folder `target`.

    Folders above the project that others may not enter protect it, so their permissions count as well, except
    those of folders that are also above the copy.
    """

    def __init__(self, source: str, target: str) -> None:
        self._gid = _group_of_new_files(target)
        self._mask = 0o755
        for status in _above(source, target):
            if not status.st_mode & stat.S_IXOTH:
                self._mask &= ~_OTHERS
                if not status.st_mode & stat.S_IXGRP or status.st_gid != os.stat(source).st_gid:
                    self._mask &= ~_GROUP

    def mode(self, status: os.stat_result) -> int:
        """Return the mode for the copy of a file or folder with this status."""
        mode = status.st_mode & 0o777
        if status.st_gid != self._gid:  # the copy has another group, which gets the permissions of others
            mode = mode & ~_GROUP | (mode & _OTHERS) << 3
        return mode & self._mask

    def readable(self, source: str, names: Iterable[str]) -> int:
        """Return the mode for a file that shows parts of all the files `names` (relative to `source`)."""
        mode, folders = 0o644 & self._mask, {""}
        for name in names:
            folders.add(name.rpartition("/")[0])
            mode &= self._seen(f"{source}/{name}", 0o444)
        for folder in folders:
            mode &= self._seen(f"{source}/{folder}", 0o111)
        return mode | stat.S_IRUSR | stat.S_IWUSR

    def _seen(self, place: str, wanted: int) -> int:
        """Return a mask with all permissions for everyone who has the permission `wanted`, else none."""
        try:
            mode = self.mode(os.stat(place))
        except OSError:  # it no longer exists, so who could read it is unknown
            return 0o700
        return sum(0o7 << shift for shift in (0, 3, 6) if mode & wanted & (0o7 << shift))


def _group_of_new_files(folder: str) -> int:
    status = os.stat(folder)
    return status.st_gid if status.st_mode & stat.S_ISGID else os.getegid()


def _above(source: str, target: str) -> Iterator[os.stat_result]:
    """Yield the status of each folder above `source` that is not above `target`."""
    place, target = os.path.dirname(os.path.realpath(source)), os.path.realpath(target)
    while place != os.path.dirname(place) and os.path.commonpath([place, target]) != place:
        yield os.stat(place)
        place = os.path.dirname(place)
