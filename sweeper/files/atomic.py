"""Atomic writes of files, and the error messages of failed ones."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sweeper.core.errors import StorageError, TransientStorageError

PUBLIC = 0o644
"""The mode of a file that others may read if the umask lets them; nobody but its owner may write to it."""

FOLDER = 0o755
"""The mode of a folder: others may list and enter it if the umask lets them, but never write to it."""

PRIVATE = 0o600
"""The mode of a file that holds a secret."""

FULL = (errno.ENOSPC, errno.EDQUOT)

TRANSIENT = frozenset(
    {
        # The device or its server has failed once, or an open file is no longer known there.
        errno.EIO, errno.EREMOTEIO, errno.ESTALE, errno.ENOTCONN, errno.ESHUTDOWN, errno.EPROTO,
        # The server does not answer, or not in time.
        errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH,
        errno.ENETRESET, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED, errno.ENOLINK,
        # Temporarily not possible: it is in use, a ticket is being renewed, or this machine lacks resources.
        errno.EAGAIN, errno.EBUSY, errno.EKEYEXPIRED, errno.ENOMEM, errno.ENFILE, errno.EMFILE,
    }
)  # fmt: skip
"""Errors of a temporarily unavailable volume. A full disk is not included: only a person can free space."""


def write(
    path: str, data: bytes, *, sync: bool = True, mtime: float | None = None, mode: int = PUBLIC
) -> None:
    """Replace the content of `path` atomically.

    Args:
        path: the file.
        data: the new content.
        sync: whether the file must survive a power failure after this call.
        mtime: the modification time of the file in Unix seconds; the current time by default.
        mode: the permissions, which the umask may reduce.
    """
    with _beside(path, data, sync=sync, mtime=mtime, mode=mode) as temporary:
        os.replace(temporary, path)
    if sync:
        sync_folder(os.path.dirname(path))


def publish(path: str, data: bytes, *, sync: bool = True, mode: int = PUBLIC) -> None:
    """Create `path` with its whole content atomically; FileExistsError, without a change, if it exists."""
    with _beside(path, data, sync=sync, mode=mode) as temporary:
        os.link(temporary, path)
    if sync:
        sync_folder(os.path.dirname(path))


def make_folders(path: str) -> None:
    """Create a folder and its parents if they do not exist; only their owner may write to new ones."""
    above = os.path.dirname(path)
    if above and not os.path.isdir(above):
        make_folders(above)
    try:
        os.mkdir(path, FOLDER)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def sync_folder(path: str) -> None:
    """Make the names in a folder survive a power failure."""
    _sync(path or ".", os.O_DIRECTORY)


def sync_file(path: str) -> None:
    """Make the content of a file survive a power failure, even if another process has written it."""
    _sync(path, 0)


def _sync(path: str, kind: int) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | kind)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class storage:
    """Context manager that turns an OSError into a StorageError with one line for the user.

    It is a class because it is entered about ten times per trial, and a generator takes three times as long.

    Args:
        doing: the operation and its path, as the beginning of the message.
    """

    __slots__ = ("_doing",)

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise failure(self._doing, error) from error


def failure(doing: str, error: OSError) -> StorageError:
    """Return the error that `storage` raises for a failed file operation."""
    full = error.errno in FULL
    what = "the disk or its quota is full; free some space, then resume" if full else error.strerror or error
    kind = TransientStorageError if error.errno in TRANSIENT else StorageError
    return kind(f"{doing}: {what}")


def made_there(folder: str) -> os.stat_result | None:
    """Create and remove a file in a folder, and return its status; None if it cannot be created.

    The status has the current time of the volume's clock, and the owner that the volume assigns to this
    process.
    """
    probe = f"{folder}/.new.{os.urandom(4).hex()}.tmp"
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    except OSError:
        return None
    try:
        return os.fstat(handle)
    finally:
        os.close(handle)
        with suppress(FileNotFoundError):
            os.unlink(probe)


def write_all(handle: int, data: bytes) -> None:
    """Write all of `data` to an open file, with several writes if the kernel accepts only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


@contextmanager
def _beside(
    path: str, data: bytes, *, sync: bool = True, mtime: float | None = None, mode: int = PUBLIC
) -> Iterator[str]:
    """Create a temporary file with `data` next to `path`, and remove its name at the end in every case."""
    temporary = f"{path}.{os.urandom(4).hex()}.tmp"
    try:
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            if mtime is not None:
                os.utime(file.fileno(), (mtime, mtime))
            if sync:
                os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
