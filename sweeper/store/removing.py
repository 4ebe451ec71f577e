"""Removes sweep folders, or checkpoints in them: renamed to a hidden name first, then removed file by file.

A process that is killed meanwhile leaves a folder with such a name. Links are never followed.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress

from sweeper.core.paths import SweepPaths, TrialPaths
from sweeper.core.removal import Size
from sweeper.files import atomic
from sweeper.files.regular import is_there
from sweeper.store import heartbeat, leftovers

_NAME = 60
"""Characters of a sweep's name in the name of what is being deleted."""


def measure(folder: str) -> Size:
    """Return the bytes on disk and the number of files in a folder; unreadable parts are not counted."""
    size, files, closed = 0, 0, 0
    seen: set[tuple[int, int]] = set()
    for found in _walk(folder):
        if found is None:
            closed += 1
            continue
        if not stat.S_ISDIR(found.st_mode):
            files += 1
            if (found.st_dev, found.st_ino) in seen:
                continue  # a further name of a file that was counted
            if found.st_nlink > 1:
                seen.add((found.st_dev, found.st_ino))
        size += found.st_blocks * 512
    return Size(size, files, closed)


def set_aside(folder: str) -> str:
    """Rename a folder to a hidden name for deletion; return its new path.

    StorageError if it cannot be moved; then it is unchanged.
    """
    above, name = os.path.split(folder)
    there = f"{above}/.deleting-{name[:_NAME]}-{os.urandom(4).hex()}"
    with atomic.storage(f"removing {folder}"):
        os.rename(folder, there)
        try:
            atomic.sync_folder(above)  # else a power cut could bring back the name of what is half removed
        except OSError:
            os.rename(there, folder)
            raise
    return there


def sweep_up(folder: str) -> bool:
    """Remove a folder that was set aside; return False if a part of it is left.

    The signature is removed last, so that the next run knows the owner if we are killed.
    """
    paths = SweepPaths(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.path != paths.heartbeat:
                _remove(entry.path)
    with suppress(OSError):
        if not [name for name in os.listdir(folder) if name != os.path.basename(paths.heartbeat)]:
            with suppress(FileNotFoundError):
                heartbeat.remove(paths)
            os.rmdir(folder)
    return not is_there(folder)


def remove_leftovers(root: str) -> list[str]:
    """Finish the deletions of killed runs of this user; return the folders that are gone."""
    found = leftovers.find(root, leftovers.DELETING)
    return [folder for folder in found if sweep_up(folder)]


def set_checkpoints_aside(place: TrialPaths) -> str:
    """Replace a trial's checkpoints with an empty folder; return the path to which they are moved.

    StorageError if that cannot be done; then they are as they were.
    """
    there = f"{place.folder}/.deleting-{os.urandom(4).hex()}"
    with atomic.storage(f"removing {place.checkpoints}"):
        os.rename(place.checkpoints, there)
    with suppress(OSError):  # the next attempt makes it if it is not there
        os.mkdir(place.checkpoints, atomic.FOLDER)
    return there


def put_back(place: TrialPaths, aside: str) -> bool:
    """Restore the checkpoints; return False if there are newer ones by now."""
    try:
        os.rename(aside, place.checkpoints)  # takes the place of an empty folder
    except OSError:
        return False
    return True


def set_aside_before(place: TrialPaths) -> list[str]:
    """Return the checkpoint folders of a trial that a killed command was deleting."""
    try:
        names = os.listdir(place.folder)
    except OSError:  # it has not started, or is damaged
        return []
    return [f"{place.folder}/{name}" for name in names if leftovers.SET_ASIDE.fullmatch(name)]


def remove_tree(folder: str) -> bool:
    """Remove a folder with its contents; return False if a part of it is left."""
    _remove(folder)
    return not is_there(folder)


def _remove(path: str) -> None:
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        with suppress(OSError):
            os.unlink(path)
        return
    shutil.rmtree(path, ignore_errors=True)
    if is_there(path):  # a program may have taken away the permissions of its folders
        for folder, _, _ in os.walk(path):
            with suppress(OSError):
                os.chmod(folder, stat.S_IRWXU)
        shutil.rmtree(path, ignore_errors=True)


def _walk(folder: str) -> Iterator[os.stat_result | None]:
    """Yield the stat of a folder and all its contents; None for a part that cannot be read."""
    stack = [folder]
    with suppress(OSError):
        yield os.lstat(folder)
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    yield entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
        except OSError:
            yield None
