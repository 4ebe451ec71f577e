"""Detects whether a sweep folder is a copy of another one that still exists: both have the same id."""

from __future__ import annotations

import os
from contextlib import suppress

from sweeper.core.errors import CvsweepError, TransientStorageError
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.files.regular import is_there
from sweeper.store import manifest as manifests
from sweeper.store.manifest import Manifest


def location(folder: str | os.PathLike[str]) -> dict[str, str]:
    """Return the path and inode of a sweep folder, as its manifest stores them; a rename keeps the inode."""
    here = os.path.realpath(folder)
    return {"folder": here, "inode": str(os.stat(here).st_ino)}


def original(paths: SweepPaths, manifest: Manifest) -> str:
    """Return the sweep folder of which this one is a copy, or "" if this is no copy or the other is gone."""
    with atomic.storage(f"looking at {paths.folder}"):
        was, here = manifest.place, location(paths.folder)
    if not was or was.get("folder") == here["folder"] or was.get("inode") == here["inode"]:
        return ""
    there = SweepPaths(was.get("folder", ""))
    try:
        same_id = manifests.read(there).id == manifest.id
    except TransientStorageError:
        raise  # the volume cannot tell now
    except CvsweepError:
        return ""  # it was moved here, to another volume
    return there.folder if same_id and not _is_same(paths.folder, there.folder) else ""


def _is_same(one: str, other: str) -> bool:
    """Whether both paths are one folder, mounted twice; inodes may differ between mounts of a file system."""
    name = f".same.{os.urandom(4).hex()}.tmp"
    try:
        os.close(os.open(f"{one}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError:
        return True  # without write access, this process cannot run the sweep either
    try:
        return is_there(f"{other}/{name}")
    finally:
        with suppress(FileNotFoundError):
            os.unlink(f"{one}/{name}")
