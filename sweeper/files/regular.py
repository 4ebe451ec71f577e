"""Opens files of a sweep folder safely: only regular files, and only up to a given size.

Other people may have put anything into the folder. Opening a FIFO would wait for a writer that may never
come, and a device or a sparse file may be endless.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from sweeper.files import atomic, nfs_revalidation

NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EACCES, errno.EPERM)
"""Errors if there is no file, or none that may be read; all other errors are failures of the volume."""

READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
NOFOLLOW = READ | os.O_NOFOLLOW
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_file(path: str, most: int) -> bytes:
    """Return the content of a file that cvsweep itself has written. See `open_file` for errors."""
    with open_file(path, most) as file:
        return file.read()


@contextmanager
def open_file(path: str, most: int) -> Iterator[IO[bytes]]:
    """Open a file that cvsweep itself has written for reading; links are followed.

    Args:
        path: the file.
        most: the largest accepted size in bytes.

    Raises:
        OSError: the file does not exist or cannot be read, is not a regular file (EINVAL), or has more than
            `most` bytes (EFBIG).
    """
    nfs_revalidation.revalidate(path)
    try:
        handle = os.open(path, READ)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        raise _not_regular("a socket or a device", path) from error
    try:
        _check(os.fstat(handle), path, most)
        with open(handle, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(handle)


def open_to_append(path: str) -> int:
    """Return a handle to append to a file, which is created if it does not exist; the caller must close it.

    Raises:
        OSError: the file cannot be opened, is not a regular file (EINVAL), or is a link (EINVAL), since the
            target of the link would be written to.
    """
    with unlinked(path):
        handle = os.open(path, _APPEND, atomic.PUBLIC)
    try:
        _check(os.fstat(handle), path, sys.maxsize)
    except OSError:
        os.close(handle)
        raise
    return handle


@contextmanager
def unlinked(path: str) -> Iterator[None]:
    """Raise a clear OSError (EINVAL) if opening a file with O_NOFOLLOW fails because it is a link."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP and os.path.islink(path):
            raise OSError(errno.EINVAL, "it is a link, which is not followed; remove it", path) from error
        raise


def _check(found: os.stat_result, path: str, most: int) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise _not_regular(_KINDS.get(kind, "something else"), path)
    if found.st_size > most:
        raise OSError(errno.EFBIG, f"it has {found.st_size} bytes, more than {most}; restore it", path)


def _not_regular(kind: str, path: str) -> OSError:
    return OSError(errno.EINVAL, f"it is {kind}, not a regular file; restore it", path)


def open_regular(path: str) -> int | None:
    """Return a handle to read a regular file, which the caller must close; None if there is none to read.

    Other people may have created the file, so links are not followed, and a FIFO does not block.

    Raises:
        StorageError: the machine or the volume has failed.
    """
    nfs_revalidation.revalidate(path)
    with atomic.storage(f"reading {path}"):
        try:
            handle = os.open(path, NOFOLLOW)
        except OSError as error:
            if error.errno in NOT_THERE:
                return None
            raise
        if _is_regular(handle):
            return handle
    return None


def _is_regular(handle: int) -> bool:
    """Whether an open file is a regular file; if not, or if that cannot be found out, it is closed."""
    is_regular = False
    try:
        is_regular = stat.S_ISREG(os.fstat(handle).st_mode)
    finally:
        if not is_regular:
            os.close(handle)
    return is_regular


def is_there(path: str) -> bool:
    """Whether a file, folder or link has this name; StorageError if the volume has failed."""
    nfs_revalidation.revalidate(path)
    with atomic.storage(f"looking at {path}"):
        try:
            os.lstat(path)
        except OSError as error:
            if error.errno in NOT_THERE:
                return False
            raise
    return True


def read_limited(path: str, size: int, *, tail: bool = False) -> bytes | None:
    """Return at most `size` bytes of a regular file, from its start, or with `tail` from its end.

    The result is None, or StorageError is raised, as in `open_regular`.
    """
    handle = open_regular(path)
    if handle is None:
        return None
    try:
        with atomic.storage(f"reading {path}"):
            return os.pread(handle, size, max(0, os.fstat(handle).st_size - size) if tail else 0)
    finally:
        os.close(handle)
