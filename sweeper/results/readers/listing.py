"""An attempt's folder as it was listed once, and the regular files in it."""

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
"""Bytes of a file that are read for a curve."""
_MOST_LINES = 500_000
_MOST_NAMES = 10_000
_RECENT = 64 * 1024
"""Bytes at the end of a file of lines, where only what was written last is asked for ..."""
_SMALL = 1024 * 1024
"""... and of any other file, which can only be read as a whole."""
_LINE_END = lazy(rb"[\r\n]")


class BadMetricsError(Exception):
    """The metrics cannot be used; the message is the one line that says so to the user."""


class EmptyError(BadMetricsError):
    """There is a file and nothing in it: of an attempt that runs, that is no problem yet."""


@dataclass(frozen=True, slots=True)
class RegularFile:
    """An open file of known size. Nobody reads it without a limit: it may have a gigabyte."""

    handle: int
    size: int

    def head(self, most: int) -> bytes:
        # No more than there is: so large a buffer would be made first.
        return os.pread(self.handle, min(most, self.size), 0)

    def part(self, offset: int, most: int) -> bytes:
        return os.pread(self.handle, most, offset)

    def tail(self, most: int) -> bytes:
        return os.pread(self.handle, min(most, self.size), max(0, self.size - most))

    def whole(self, name: str, most: int = MOST) -> bytes:
        """All of it; BadMetricsError where that is more than `most` bytes, or a bomb of tiny lines."""
        if self.size > most:
            raise BadMetricsError(f"{name} has {self.size} bytes, more than {most}")
        raw = self.head(most)
        if raw.count(b"\n") > _MOST_LINES:
            raise BadMetricsError(f"{name} has more than {_MOST_LINES} lines")
        return raw


@dataclass(frozen=True, slots=True)
class Excerpt(RegularFile):
    """The end of a file of lines, which is read like a file of its own."""

    content: bytes

    @classmethod
    def of(cls, file: RegularFile, *, header: bool) -> Excerpt:
        """The last whole lines of a file, behind its first line if that is a header."""
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
    """The names in a folder. A name that is not listed is never looked up (see the shared volume).

    `place` is where the folder lies below the attempt's own: empty for that itself, else with a
    trailing slash. It stands in front of the names of files in every message. `unreadable` says of files
    that must not be read why. `recent`: only what was written last is asked for, at a small cost. `cut`:
    there are more names.
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
        """What is in `folder` by now; of more than `most` names a part, with `also` and what readers know.

        Without `most` it is as many as there is time for.
        """
        nfs_revalidation.revalidate(folder)
        if os.path.islink(folder):
            raise BadMetricsError("the attempt's folder is a symbolic link: what it leads to is not its own")
        found, cut = entries.listed(folder, most or entries.MOST, also)
        return cls(found, place, recent=recent, cut=cut)

    def below(self, name: str) -> Listing:
        """The folder of that name, which is listed; empty where it has gone or is not ours to list."""
        place = f"{self.place}{name}/"
        try:
            return Listing.of(self.entries[name].path, place, _MOST_NAMES, recent=self.recent)
        except OSError as error:
            if error.errno not in NOT_THERE:
                raise
            return Listing({}, place)

    def folders(self) -> list[str]:
        """The names of the folders in it; links to folders are none."""
        return [name for name, entry in self.entries.items() if entry.is_dir(follow_symlinks=False)]

    def files(self) -> list[str]:
        """The names of the regular files in it; an empty log is none that anybody left."""
        regular = (
            (name, entry) for name, entry in self.entries.items() if entry.is_file(follow_symlinks=False)
        )
        return [name for name, entry in regular if name != LOG or entry.stat(follow_symlinks=False).st_size]

    def shown(self, name: str) -> str:
        """A file of it as messages name it: from the attempt's folder on, and safe for a terminal."""
        path = f"{self.place}{name}"
        return path if path.isprintable() and len(path) < 200 else ascii(path)[:200]

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    @contextmanager
    def open(self, name: str) -> Iterator[RegularFile]:
        """A listed file, open for reading. BadMetricsError for anything but a regular file with content."""
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
        """What was written last; BadMetricsError if that cannot be known without reading a lot."""
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
