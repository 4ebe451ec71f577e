"""Locks that keep the sweeps of one machine from each other's GPUs.

One folder holds a file for each GPU, for all users. A trial's processes inherit the descriptor that was
locked for it, so a lock lasts until the last of them has ended, even if the controller ends earlier. A
trial that has its GPU for itself locks the GPU's file exclusively. If n trials share a GPU, each of them
takes a shared lock on that file, and an exclusive one on one of n further files.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterable
from contextlib import suppress

FOLDER = "/tmp/cvsweep-gpus"  # not $TMPDIR, which is often a folder of one user or one session
_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOT_NOW = (errno.EWOULDBLOCK, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_TRIES = 5


class GpuLocks:
    """The locks of this machine's GPUs.

    `trouble` is why the last requested lock does not work at all ("" if it does): then the GPU is used
    without a lock.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder or FOLDER
        self.trouble = ""

    def take(self, device: str, sharing: int) -> list[int] | None:
        """Lock one trial's part of a GPU.

        Args:
            device: the physical device's name, the same in every sweep.
            sharing: how many trials may be on it at once.

        Returns:
            The descriptors that hold the lock while any process has them open (an empty list if locks do not
            work); None if other sweeps use the GPU, or if no descriptor or memory is left now.
        """
        self.trouble = ""
        held: list[int] = []
        try:
            folder = self._open_folder()
            try:
                complete = self._lock_all(folder, device.replace("/", "_"), sharing, held)
            finally:
                os.close(folder)
        except OSError as error:
            release(held)
            if error.errno in _NOT_NOW:
                return None
            self.trouble = f"GPUs are not locked against other sweeps: {self._folder}: {error.strerror}"
            return []
        if complete:
            return held
        release(held)
        return None

    def _lock_all(self, folder: int, name: str, sharing: int, held: list[int]) -> bool:
        """Append a trial's locks to `held`; return False if one of them is not available."""
        alone = sharing == 1
        if not _lock(folder, f"{name}.lock", fcntl.LOCK_EX if alone else fcntl.LOCK_SH, held):
            return False
        return alone or any(_lock(folder, f"{name}.{at}.lock", fcntl.LOCK_EX, held) for at in range(sharing))

    def _open_folder(self) -> int:
        with suppress(FileExistsError):
            os.mkdir(self._folder)
            os.chmod(self._folder, 0o1777)  # for all users, whatever our umask; as /tmp is
        return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | _OPEN)


def release(descriptors: Iterable[int]) -> None:
    """Close the descriptors; a lock that a trial has inherited lasts until the trial ends."""
    for descriptor in descriptors:
        os.close(descriptor)


def _lock(folder: int, name: str, how: int, held: list[int]) -> bool:
    """Lock a file and append its descriptor to `held`; return False if another process has locked it."""
    for _ in range(_TRIES):
        descriptor = _open(folder, name)
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        if _is_still_there(folder, name, descriptor):
            held.append(descriptor)
            return True
        os.close(descriptor)
    return False


def _open(folder: int, name: str) -> int:
    """Open the lock file; create it if it does not exist.

    It is opened without O_CREAT first: in a sticky folder Linux may refuse to open another user's file
    with that flag (fs.protected_regular).
    """
    try:
        return _open_regular(folder, name, os.O_RDWR)
    except PermissionError:
        return _open_regular(folder, name, os.O_RDONLY)  # enough for flock, except on NFS
    except FileNotFoundError:
        with suppress(FileExistsError):
            created = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _OPEN, 0o666, dir_fd=folder)
            os.fchmod(created, 0o666)
            return created
        return _open_regular(folder, name, os.O_RDWR)


def _open_regular(folder: int, name: str, how: int) -> int:
    descriptor = os.open(name, how | _OPEN, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, f"{name} is not a regular file")


def _is_still_there(folder: int, name: str, descriptor: int) -> bool:
    """Whether the name still leads to the file, which a cleanup of /tmp may have removed meanwhile."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))
