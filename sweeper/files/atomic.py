"""Writes that are there whole or not at all, and what a failed one tells the user."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sweeper.core.errors import StorageError, TransientStorageError

PUBLIC = 0o644
"""The mode of a file that others may read if the umask lets them; nobody but its owner may write to it."""

FOLDER = 0o755
"""The mode of a folder: others may look into it if the umask lets them, and never write."""

PRIVATE = 0o600
"""The mode of a file that holds a secret."""

FULL = (errno.ENOSPC, errno.EDQUOT)

TRANSIENT = frozenset(
    {
        # The device or the server behind it has failed once, or what we had open is not known any more.
        errno.EIO, errno.EREMOTEIO, errno.ESTALE, errno.ENOTCONN, errno.ESHUTDOWN, errno.EPROTO,
        # Nobody answers, or not in time.
        errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH,
        errno.ENETRESET, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED, errno.ENOLINK,
        # Not now: somebody else has it, a ticket is being renewed, this machine is short of something.
        errno.EAGAIN, errno.EBUSY, errno.EKEYEXPIRED, errno.ENOMEM, errno.ENFILE, errno.EMFILE,
    }
)  # fmt: skip
"""Errors of a volume that is away for a while. A full disk is none: only a person can make room."""


def write(
    path: str, data: bytes, *, sync: bool = True, mtime: float | None = None, mode: int = PUBLIC
) -> None:
    """Replace `path` by `data` in one step.

    `sync` makes it outlive a power cut, `mtime` dates the file, `mode` and the umask say who may read it.
    """
    with _beside(path, data, sync=sync, mtime=mtime, mode=mode) as temporary:
        os.replace(temporary, path)
    if sync:
        sync_folder(os.path.dirname(path))


def publish(path: str, data: bytes, *, sync: bool = True, mode: int = PUBLIC) -> None:
    """Create `path` whole; FileExistsError where it is there already, and then it is left alone."""
    with _beside(path, data, sync=sync, mode=mode) as temporary:
        os.link(temporary, path)
    if sync:
        sync_folder(os.path.dirname(path))


def make_folders(path: str) -> None:
    """Make a folder, and those above it, where there is none; nobody but their owner may write to them."""
    above = os.path.dirname(path)
    if above and not os.path.isdir(above):
        make_folders(above)
    try:
        os.mkdir(path, FOLDER)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def sync_folder(path: str) -> None:
    """Make the names in a folder outlive a power cut."""
    _sync(path or ".", os.O_DIRECTORY)


def sync_file(path: str) -> None:
    """Make what a file holds outlive a power cut, whoever has written it."""
    _sync(path, 0)


def _sync(path: str, kind: int) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | kind)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class storage:
    """Turn a failed file operation into one clear line; `doing` says what was being done, and where.

    A class, as the engine enters it ten times a trial: a generator takes three times as long.
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
    """The one clear line about a failed file operation, as `storage` raises it."""
    full = error.errno in FULL
    what = "the disk or its quota is full; free some space, then resume" if full else error.strerror or error
    kind = TransientStorageError if error.errno in TRANSIENT else StorageError
    return kind(f"{doing}: {what}")


def made_there(folder: str) -> os.stat_result | None:
    """What the volume says of a file that is made there now, and removed; None if none can be made.

    Its times are by the volume's clock, its owner is who we are there.
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
    """Write all of `data` to an open file; the kernel may take it in parts."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


@contextmanager
def _beside(
    path: str, data: bytes, *, sync: bool = True, mtime: float | None = None, mode: int = PUBLIC
) -> Iterator[str]:
    """A temporary file next to `path` that holds `data`; whatever happens, that name is gone afterwards."""
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
