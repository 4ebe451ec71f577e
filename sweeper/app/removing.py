"""Remove sweeps: check whether a sweep may be removed, measure it, remove it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from sweeper.app.observers import Observers
from sweeper.app.owners import require_own
from sweeper.app.sweep_argument import sweep_argument
from sweeper.app.taking import asking
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.formatting import counted, indexes
from sweeper.core.presence import NOBODY
from sweeper.core.removal import Size
from sweeper.core.standing import is_over
from sweeper.core.state import State
from sweeper.store import claim as claims
from sweeper.store import copies, removing
from sweeper.store.folder import SweepFolder


@dataclass(frozen=True, slots=True)
class Removal:
    """A sweep that may be removed: its size, and how many trials there are of each status, as text."""

    folder: SweepFolder
    size: Size
    trials: str


def check_removal(folder: SweepFolder) -> Removal:
    """Check that a sweep may be removed; return what its removal would delete.

    Raises:
        UsageError: the sweep belongs to another user, its folder is a link, or attempts may still run.
        SweepHeldError: a controller is alive.
        StorageError: the sweep cannot be read, so the check is impossible.
    """
    require_idle(folder, "removed")
    return Removal(folder, removing.measure(folder.paths.folder), counted(folder.state().counts))


def remove(folder: SweepFolder, observers: Observers) -> None:
    """Remove a sweep's folder and everything in it: rename it to a hidden name, then delete its files.

    Links are removed, their targets are not. If the process is killed, the next run or removal in the same
    root finishes the deletion.

    Raises:
        UsageError, SweepHeldError: as from `check_removal`.
        StorageError: the folder cannot be renamed and is unchanged, or a part of it could not be deleted.
    """
    with idle(folder, "removed", observers):
        aside = removing.set_aside(folder.paths.folder)
    if not removing.sweep_up(aside):
        raise StorageError(
            f"{folder.name} is no sweep any more, but not all of its files can be removed: look at {aside}"
        )


def require_idle(folder: SweepFolder, what: str) -> None:
    """Raise an error if a sweep cannot be removed or renamed now.

    Args:
        folder: the sweep.
        what: the action as a participle for messages, such as `removed`.

    Raises:
        UsageError, SweepHeldError, StorageError: as from `check_removal`.
    """
    require_own(folder)
    place = folder.paths.folder
    if os.path.islink(place):
        raise UsageError(
            f"{place} is a link to {os.path.realpath(place)}: name that folder itself if it is to be {what}"
        )
    folder.refuse_if_held()
    _refuse_live(folder, folder.state(), what)


@contextmanager
def idle(folder: SweepFolder, what: str, observers: Observers) -> Iterator[None]:
    """Check as `require_idle`, and hold the lock and the heartbeat, so that no controller starts meanwhile.

    The cluster is asked for a controller on another host only if there is work left: the cluster of an old
    sweep may no longer exist. It is not asked about a copy, which shares nothing with its original.
    """
    require_idle(folder, what)
    alone = is_over(folder.state().counts) or copies.original(folder.paths, folder.manifest)
    with nullcontext(lambda: NOBODY) if alone else asking(folder) as ask:
        held = claims.acquire(folder.paths, report=observers.say, ask=ask)
    try:
        _refuse_live(folder, folder.state(), what)  # a controller may have run since the first check
        yield
    finally:
        held.release()


def _refuse_live(folder: SweepFolder, state: State, what: str) -> None:
    """Raise UsageError if attempts may still run: they would write into a folder that no longer exists."""
    if not state.live or copies.original(folder.paths, folder.manifest):
        return  # attempts that ran when the copy was made run in the original
    which = indexes(sorted({attempt.trial for attempt in state.live}))
    raise UsageError(
        f"sweep {folder.name} cannot be {what} while {which} may still run, without a controller; end them"
        f" first: cvsweep cancel {sweep_argument(folder.paths.folder)}"
    )
