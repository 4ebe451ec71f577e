"""Folders that a killed command has left half created or half removed.

The process that works on such a folder signs it; the next run removes the folder if that process is dead.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Iterable

from sweeper.core.leftovers import is_left
from sweeper.core.paths import SweepPaths
from sweeper.core.patterns import lazy
from sweeper.files import nfs_revalidation
from sweeper.store import heartbeat, machine

UNFINISHED = lazy(r"\..+\.[0-9a-f]{8}\.tmp", re.DOTALL)
"""The names of sweeps that are being made."""

DELETING = lazy(r"\.deleting-.+-[0-9a-f]{8}", re.DOTALL)
"""The names of sweeps that are being removed."""

SET_ASIDE = lazy(r"\.deleting-[0-9a-f]{8}")
"""The names of checkpoints that are being removed, in a trial's folder."""

PROBES = lazy(r"\.probe-[0-9a-f]{8}")
"""The names of folders in which a pod checks whether it sees the same files. They lead to their pods."""


def sign(folder: str) -> None:
    """Write the identity of this process into a folder that it has just created."""
    heartbeat.replace(SweepPaths(folder), machine.me())


def unsign(folder: str) -> None:
    """Remove the signature: the folder is complete."""
    heartbeat.remove(SweepPaths(folder))


def find(root: str, kind: re.Pattern[str]) -> list[str]:
    """Return the folders of this kind that killed runs of this user have certainly left under `root`."""
    return [path for path in named(root, kind) if _is_left(path)]


def named(root: str, kind: re.Pattern[str]) -> list[str]:
    """Return all folders of this kind under `root`, of any user and any process, live or dead."""
    nfs_revalidation.revalidate(root)
    try:
        names = os.listdir(root)
    except OSError:  # there is no root yet, or it is unreadable: the command that needs it reports that
        return []
    return [f"{root}/{name}" for name in names if kind.fullmatch(name)]


def remove(folders: Iterable[str]) -> None:
    """Remove the folders; errors are ignored."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: str) -> bool:
    paths = SweepPaths(folder)
    try:
        own = [_is_own(os.lstat(folder), stat.S_IFDIR), _is_own(os.lstat(paths.heartbeat), stat.S_IFREG)]
        beat = heartbeat.read(paths) if all(own) else None
    except OSError:  # not signed, or finished by now
        return False
    if beat is None or beat.who is None:
        return False
    alive = machine.is_alive(beat.who.pid, beat.who.start)
    return is_left(beat.who, machine.here(), alive=alive, age=time.time() - beat.at_ns / 1e9)


def _is_own(found: os.stat_result, kind: int) -> bool:
    return found.st_uid == os.geteuid() and stat.S_IFMT(found.st_mode) == kind
