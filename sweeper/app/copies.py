"""Separate a copied sweep folder from its original; refuse the copy if trials ran when it was made."""

from __future__ import annotations

from dataclasses import replace

from sweeper.app.observers import Observers
from sweeper.core.errors import CopiedSweepError
from sweeper.core.formatting import indexes
from sweeper.store import copies
from sweeper.store.folder import SweepFolder


def separate(folder: SweepFolder, observers: Observers) -> None:
    """Give a copy of a sweep a new id, so that it shares neither pods nor a lease with its original.

    The new id is written after the sweep has been taken (`SweepFolder.keep_place`). A folder that is no copy
    is not changed.

    Raises:
        CopiedSweepError: trials ran when the folder was copied; their processes and pods belong to the
            original.
    """
    original = copies.original(folder.paths, folder.manifest)
    if not original:
        return
    live = sorted({attempt.trial for attempt in folder.state().live})
    if live:
        raise CopiedSweepError(
            f"{folder.paths.folder} is a copy of the sweep in {original}, made while it ran"
            f" ({indexes(live)}): use that folder, or a new sweep.name; what runs belongs to the original"
        )
    from sweeper.app.create import new_id

    folder.manifest = replace(folder.manifest, id=new_id(), place={})
    observers.say(f"{folder.name}: a copy of the sweep in {original}; it goes on as a sweep of its own")
