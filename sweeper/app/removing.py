"""Removing sweeps: what would go, whether it may go, and the removal itself."""

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
    """A sweep that may be removed, and in a few words what would go."""

    folder: SweepFolder
    size: Size
    trials: str


def check_removal(folder: SweepFolder) -> Removal:
    """What removing a sweep would take away.

    Raises:
        UsageError: it is another user's, a link, or attempts of it may still run.
        SweepHeldError: a controller lives.
        StorageError: it cannot be read, so that nobody can tell.
    """
    require_idle(folder, "removed")
    return Removal(folder, removing.measure(folder.paths.folder), counted(folder.state().counts))


def remove(folder: SweepFolder, observers: Observers) -> None:
    """Remove a sweep's folder, with everything in it: out of sight at once, then file by file.

    Links in it are removed, and what they lead to is left alone. If this is killed, the next run or removal
    there goes on with it.

    Raises:
        UsageError, SweepHeldError: as from `check_removal`.
        StorageError: the folder cannot be moved, and is as it was; or a part of it is left.
    """
    with idle(folder, "removed", observers):
        aside = removing.set_aside(folder.paths.folder)
    if not removing.sweep_up(aside):
        raise StorageError(
            f"{folder.name} is no sweep any more, but not all of its files can be removed: look at {aside}"
        )


def require_idle(folder: SweepFolder, what: str) -> None:
    """Refuse what must not be done to a sweep that is another's, that runs, or whose folder is a link.

    Args:
        folder: the sweep.
        what: is to be done to it, such as `removed`.
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
    """The same, and nobody begins to control the sweep meanwhile.

    Its cluster is asked only if there is work left, which a controller elsewhere may be at: that of an old
    sweep may be no more. A copy shares nothing with its original.
    """
    require_idle(folder, what)
    alone = is_over(folder.state().counts) or copies.original(folder.paths, folder.manifest)
    with nullcontext(lambda: NOBODY) if alone else asking(folder) as ask:
        held = claims.acquire(folder.paths, report=observers.say, ask=ask)
    try:
        _refuse_live(folder, folder.state(), what)  # somebody may have come and gone
        yield
    finally:
        held.release()


def _refuse_live(folder: SweepFolder, state: State, what: str) -> None:
    """UsageError if attempts may still run: they would write into a folder that is gone."""
    if not state.live or copies.original(folder.paths, folder.manifest):
        return  # what ran when a copy was made runs in the original
    which = indexes(sorted({attempt.trial for attempt in state.live}))
    raise UsageError(
        f"sweep {folder.name} cannot be {what} while {which} may still run, without a controller; end them"
        f" first: cvsweep cancel {sweep_argument(folder.paths.folder)}"
    )
