"""Opens every file of a sweep folder for reading: it must be a regular file of a bounded size.

Anybody may have put anything there. To open a FIFO waits for a writer that may never come, and a
device or a sparse file may have no end.
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
"""What the kernel says where there is no file, or none for us; all else is a volume in trouble."""

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
    """The whole of a file that cvsweep itself has written. See `open_file`."""
    with open_file(path, most) as file:
        return file.read()


@contextmanager
def open_file(path: str, most: int) -> Iterator[IO[bytes]]:
    """A file that cvsweep itself has written, to be read; links are followed.

    Raises:
        OSError: there is no such file, or none that can be read, or it is no regular file (EINVAL), or it
            has more than `most` bytes (EFBIG).
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
    """A handle to write at the end of a file; it is made if there is none. OSError as for `read_file`.

    A link is refused (EINVAL): what it leads to would be written to.
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
    """Say what is wrong where a file is opened with O_NOFOLLOW, and a link is found: OSError (EINVAL)."""
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
    """A handle to read a regular file; None where there is none that may be read.

    What lies there may have been put there by anybody, so links are not followed and a FIFO does
    not block. A machine or a disk in trouble is another matter: StorageError.
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
    """Is it a regular file? If not, or if nobody can tell (OSError), it is closed."""
    is_regular = False
    try:
        is_regular = stat.S_ISREG(os.fstat(handle).st_mode)
    finally:
        if not is_regular:
            os.close(handle)
    return is_regular


def is_there(path: str) -> bool:
    """Does anything bear this name? StorageError if a volume in trouble cannot tell."""
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
    """At most `size` bytes of a regular file, from its start or its end; None as `open_regular`."""
    handle = open_regular(path)
    if handle is None:
        return None
    try:
        with atomic.storage(f"reading {path}"):
            return os.pread(handle, size, max(0, os.fstat(handle).st_size - size) if tail else 0)
    finally:
        os.close(handle)
