"""A folder of an attempt that was listed once, and the regular files in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sweeper.core.paths import LOG
from sweeper.core.patterns import lazy
from sweeper.files import nfs_revalidation
from sweeper.files.regular import NOT_THERE, open_regular
from sweeper.results.readers import entries
from sweeper.results.readers.entries import Entry

MOST = 32 * 1024 * 1024
"""Bytes of a file at most that are read for a curve."""
_MOST_LINES = 500_000
_MOST_NAMES = 10_000
_RECENT = 64 * 1024
"""If only recent values are needed: bytes that are read at the end of a file of lines ..."""
_SMALL = 1024 * 1024
"""... and the largest size of any other file, since such a file can only be read as a whole."""
_LINE_END = lazy(rb"[\r\n]")


class BadMetricsError(Exception):
    """The metrics cannot be used; the message is one line for the user."""


class EmptyError(BadMetricsError):
    """A file is empty, which is not a problem while the attempt still runs."""


@dataclass(frozen=True, slots=True)
class RegularFile:
    """An open file of known size. Every read has a limit, since the file may be very large."""

    handle: int
    size: int

    def head(self, most: int) -> bytes:
        # Not more than the file size, since pread allocates a buffer of the requested size first.
        return os.pread(self.handle, min(most, self.size), 0)

    def part(self, offset: int, most: int) -> bytes:
        return os.pread(self.handle, most, offset)

    def tail(self, most: int) -> bytes:
        return os.pread(self.handle, min(most, self.size), max(0, self.size - most))

    def whole(self, name: str, most: int = MOST) -> bytes:
        """Return the whole file; BadMetricsError if it has more than `most` bytes or far too many lines."""
        if self.size > most:
            raise BadMetricsError(f"{name} has {self.size} bytes, more than {most}")
        raw = self.head(most)
        if raw.count(b"\n") > _MOST_LINES:
            raise BadMetricsError(f"{name} has more than {_MOST_LINES} lines")
        return raw


@dataclass(frozen=True, slots=True)
class Excerpt(RegularFile):
    """The end of a file of lines, with the interface of a whole file."""

    content: bytes

    @classmethod
    def of(cls, file: RegularFile, *, header: bool) -> Excerpt:
        """Return the last lines of a file, and its first line before them if it has a `header`."""
        raw = file.tail(_RECENT)
        cut = _LINE_END.search(raw)
        lines = raw[cut.end() :] if cut else b""
        if header:
            lines = file.head(_RECENT).partition(b"\n")[0] + b"\n" + lines
        return cls(file.handle, len(lines), lines)

    def head(self, most: int) -> bytes:
        return self.content[:most]

    def part(self, offset: int, most: int) -> bytes:
        return self.content[offset : offset + most]

    def tail(self, most: int) -> bytes:
        return self.content[-most:]


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in a folder. A name that is not listed is never opened (NFS may cache that it is missing).

    Attributes:
        entries: the listed files and folders by name.
        place: the path of the folder relative to the attempt folder, with a trailing slash; empty for the
            attempt folder itself. It is the prefix for names of files in messages.
        unreadable: the files that must not be read, and why.
        recent: read only the most recent values, at low cost.
        cut: whether there are more names than those listed.
    """

    entries: Mapping[str, Entry]
    place: str = ""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    recent: bool = False
    cut: bool = False

    @classmethod
    def of(
        cls,
        folder: str,
        place: str = "",
        most: int | None = None,
        *,
        recent: bool = False,
        also: Iterable[str] = (),
    ) -> Listing:
        """List `folder` as it is now.

        Args:
            folder: the path of the folder.
            place: as for the class.
            most: the largest number of names; a general limit by default.
            recent: as for the class.
            also: names that are included even if there are more than `most`, like those that readers know.

        Raises:
            BadMetricsError: the folder is a symbolic link.
        """
        nfs_revalidation.revalidate(folder)
        if os.path.islink(folder):
            raise BadMetricsError("the attempt's folder is a symbolic link: what it leads to is not its own")
        found, cut = entries.listed(folder, most or entries.MOST, also)
        return cls(found, place, recent=recent, cut=cut)

    def below(self, name: str) -> Listing:
        """List a folder in this one; the result is empty if it no longer exists or may not be listed."""
        place = f"{self.place}{name}/"
        try:
            return Listing.of(self.entries[name].path, place, _MOST_NAMES, recent=self.recent)
        except OSError as error:
            if error.errno not in NOT_THERE:
                raise
            return Listing({}, place)

    def folders(self) -> list[str]:
        """Return the names of the folders in it, without links to folders."""
        return [name for name, entry in self.entries.items() if entry.is_dir(follow_symlinks=False)]

    def files(self) -> list[str]:
        """Return the names of the regular files in it, without an empty log."""
        regular = (
            (name, entry) for name, entry in self.entries.items() if entry.is_file(follow_symlinks=False)
        )
        return [name for name, entry in regular if name != LOG or entry.stat(follow_symlinks=False).st_size]

    def shown(self, name: str) -> str:
        """Return the name of a file for messages: relative to the attempt folder, safe for a terminal."""
        path = f"{self.place}{name}"
        return path if path.isprintable() and len(path) < 200 else ascii(path)[:200]

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    @contextmanager
    def open(self, name: str) -> Iterator[RegularFile]:
        """Open a listed file for reading; BadMetricsError unless it is a regular file that is not empty."""
        if name in self.unreadable:
            raise BadMetricsError(f"{self.shown(name)} {self.unreadable[name]}")
        entry = self.entries[name]
        handle = open_regular(entry.path) if entry.is_file(follow_symlinks=False) else None
        if handle is None:
            raise BadMetricsError(f"{self.shown(name)} {_why_not(entry)}")
        try:
            size = os.fstat(handle).st_size
            if not size:
                raise EmptyError(f"{self.shown(name)} is empty")
            file = RegularFile(handle, size)
            yield self._end_of(name, file) if self.recent else file
        finally:
            os.close(handle)

    def _end_of(self, name: str, file: RegularFile) -> RegularFile:
        """Return the recent part of a file; BadMetricsError if only a large whole could be read."""
        if name == LOG or name.endswith((".jsonl", ".csv")):
            return Excerpt.of(file, header=name.endswith(".csv")) if file.size > _RECENT else file
        if file.size > _SMALL:
            raise BadMetricsError(f"{self.shown(name)} has {file.size} bytes, too many for a look at a trial")
        return file


def _why_not(entry: Entry) -> str:
    if entry.is_symlink():
        return "is a symbolic link, not a regular file"
    if entry.is_dir(follow_symlinks=False):
        return "is a folder, not a regular file"
    if entry.is_file(follow_symlinks=False):
        return "cannot be opened; look at its rights"
    return "is a pipe or a device, not a regular file"
