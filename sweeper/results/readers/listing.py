"""An attempt's folder as it was listed once, and the regular files in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sweeper.core.model import Value
from sweeper.store.attempts import open_regular


class BadMetricsError(Exception):
    """The metrics cannot be used; the message is the one line that says so to the user."""


@dataclass(frozen=True, slots=True)
class RegularFile:
    """An open file of known size, of which only the ends are read: it may have a gigabyte."""

    handle: int
    size: int

    def head(self, most: int) -> bytes:
        return os.pread(self.handle, most, 0)

    def tail(self, most: int) -> bytes:
        return os.pread(self.handle, most, max(0, self.size - most))


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in a folder. A name that is not listed is never looked up (see the shared volume)."""

    entries: Mapping[str, os.DirEntry[str]]

    @classmethod
    def of(cls, folder: str) -> Listing:
        with os.scandir(folder) as found:
            return cls({entry.name: entry for entry in found})

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    @contextmanager
    def open(self, name: str) -> Iterator[RegularFile]:
        """A listed file, open for reading. BadMetricsError for anything but a regular file with content."""
        entry = self.entries[name]
        handle = open_regular(entry.path) if entry.is_file(follow_symlinks=False) else None
        if handle is None:
            raise BadMetricsError(f"{name} {_why_not(entry)}")
        try:
            size = os.fstat(handle).st_size
            if not size:
                raise BadMetricsError(f"{name} is empty")
            yield RegularFile(handle, size)
        finally:
            os.close(handle)


Reader = Callable[[Listing], dict[str, Value] | None]
"""Takes a listing and gives the final metrics; None where no file of its kind lies there."""


def _why_not(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "is a symbolic link, not a regular file"
    if entry.is_dir(follow_symlinks=False):
        return "is a folder, not a regular file"
    if entry.is_file(follow_symlinks=False):
        return "cannot be opened; look at its rights"
    return "is a pipe or a device, not a regular file"
