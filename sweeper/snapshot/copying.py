"""Copies a project: every file is read once, and no copy has more permissions than its original."""

from __future__ import annotations

import errno
import math
import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sweeper.core.errors import UsageError
from sweeper.snapshot.access import Limit
from sweeper.snapshot.project import Contents

_MB = 1_000_000
_CHUNK = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


class Copy:
    """One copy of a project; files that disappear while it is made are skipped."""

    def __init__(self, source: str, target: str, found: Contents) -> None:
        self.files = self.bytes = 0
        self._limit = Limit(source, os.path.dirname(target))
        self._source, self._target = source, target
        self._in_git, self._left_out = found.head is not None, found.left_out
        self._folders: dict[str, bool] = {}
        self._stats = {name: status for name in found.files if (status := self._look(name))}

    def check(self, most: int) -> None:
        """Raise UsageError if the copy would have more than `most` bytes."""
        sizes = {name: one.st_size for name, one in self._stats.items() if stat.S_ISREG(one.st_mode)}
        total = sum(sizes.values())
        if total > most:
            remedy = "in .gitignore" if self._in_git else "in another place, or use git and a .gitignore"
            raise UsageError(
                f"code: a copy of {self._source} would hold {_amount(total)}, the limit is {_amount(most)}"
                f" (largest: {', '.join(_largest(sizes))}); keep what is no code {remedy},"
                f" allow it with code.max_mb={math.ceil(total / _MB)},"
                " or let trials use the project itself with code.mode=in_place"
            )

    def make(self) -> None:
        self._has_folder("")
        for name, status in self._stats.items():
            folder, _, base = name.rpartition("/")
            if self._has_folder(folder) and base:
                self._one(name, status)

    def _look(self, name: str) -> os.stat_result | None:
        with self._may_fail(name):
            return os.lstat(f"{self._source}/{name}")
        return None

    @contextmanager
    def _may_fail(self, name: str) -> Iterator[None]:
        """Skip a file that no longer exists, and note one that may not be read."""
        try:
            yield
        except OSError as error:
            if isinstance(error, PermissionError):
                self._left_out.append((name, "may not be read"))
            elif error.errno not in _GONE:
                raise

    def _has_folder(self, name: str) -> bool:
        """Make a folder of the copy with the allowed permissions; False if the original no longer exists."""
        if name not in self._folders:
            self._folders[name] = (not name or self._has_folder(name.rpartition("/")[0])) and self._make(name)
        return self._folders[name]

    def _make(self, name: str) -> bool:
        status = self._look(name) if name else os.stat(self._source)
        if status is None or not stat.S_ISDIR(status.st_mode):
            return False
        os.mkdir(f"{self._target}/{name}", self._limit.mode(status) | stat.S_IRWXU)
        return True

    def _one(self, name: str, status: os.stat_result) -> None:
        if stat.S_ISREG(status.st_mode):
            self._file(name, status)
        elif stat.S_ISLNK(status.st_mode):
            self._link(name)
        elif not stat.S_ISDIR(status.st_mode):
            self._left_out.append((name, "no regular file"))

    def _file(self, name: str, status: os.stat_result) -> None:
        reader = None
        with self._may_fail(name):
            reader = os.open(f"{self._source}/{name}", _READ)
        if reader is None:
            return
        with open(reader, "rb", buffering=0) as file:
            writer = os.open(f"{self._target}/{name}", _WRITE, self._limit.mode(status))
            with open(writer, "wb", buffering=0) as copy:
                shutil.copyfileobj(file, copy, _CHUNK)
                self.bytes += copy.tell()
                os.utime(writer, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.files += 1

    def _link(self, name: str) -> None:
        try:
            end = os.readlink(f"{self._source}/{name}")
        except OSError:  # it no longer exists, or is no longer a link
            return
        os.symlink(end, f"{self._target}/{name}")
        self.files += 1
        inside = os.path.normpath(f"{os.path.dirname(name)}/{end}" if os.path.dirname(name) else end)
        if os.path.isabs(end) or inside.split("/")[0] == "..":
            self._left_out.append((name, f"a link to {end}: what lies there is not frozen"))


def _largest(sizes: Mapping[str, int]) -> list[str]:
    """Return the three largest entries at the top of the project; a file if it is most of its folder."""
    tops: Counter[str] = Counter()
    for name, size in sizes.items():
        top, slash, _ = name.partition("/")
        tops[top + slash] += size
    parts = []
    for top, amount in tops.most_common(3):
        biggest = max((name for name in sizes if name == top or name.startswith(top)), key=sizes.__getitem__)
        named = biggest if sizes[biggest] * 2 > amount else top
        parts.append(f"{named} {_amount(sizes.get(named, amount))}")
    return parts


def _amount(size: int) -> str:
    return f"{size / _MB:.0f} MB" if size >= 10 * _MB else f"{size / _MB:.2g} MB"
