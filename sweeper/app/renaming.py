"""Rename a sweep and its folder."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace

from sweeper.app.observers import Observers
from sweeper.app.removing import idle
from sweeper.core.errors import NameTakenError, UsageError
from sweeper.core.paths import SweepPaths
from sweeper.core.settings import SweepSettings
from sweeper.files import atomic
from sweeper.files.regular import is_there
from sweeper.files.sections import read_section
from sweeper.store import copies, leftovers
from sweeper.store import manifest as manifests
from sweeper.store.folder import SweepFolder


def rename(folder: SweepFolder, name: str, observers: Observers) -> SweepFolder:
    """Rename a sweep: its folder, and the name in its sweep.json.

    The sweep's id, by which its pods and processes are identified, does not change.

    Returns:
        The sweep in its renamed folder.

    Raises:
        UsageError: the name is invalid, the sweep belongs to another user, or attempts may still run.
        NameTakenError: something has this name already.
        SweepHeldError: a controller is alive.
        StorageError: the folder cannot be renamed and is unchanged, or sweep.json could not be written.
    """
    new = _new_place(folder, name)
    with idle(folder, "renamed", observers):
        _refuse_taken(new)
        with atomic.storage(f"renaming {folder.paths.folder}"):
            os.rename(folder.paths.folder, new.folder)
            atomic.sync_folder(os.path.dirname(new.folder))
        with atomic.storage(f"writing {new.manifest}"):
            place = copies.location(new.folder)
            if inside := folder.manifest.place.get("inside"):
                place["inside"] = f"{os.path.dirname(inside)}/{name}"
            manifests.write(new, replace(folder.manifest, name=name, place=place))
        with suppress(OSError):  # if our heartbeat stays there, the next controller only waits for a while
            leftovers.unsign(new.folder)
    return SweepFolder(new.folder)


def _new_place(folder: SweepFolder, name: str) -> SweepPaths:
    read_section("sweep", SweepSettings, {"name": name})
    if name == folder.name:
        raise UsageError(f"sweep {name} is called so already")
    new = SweepPaths(f"{os.path.dirname(folder.paths.folder)}/{name}")
    _refuse_taken(new)
    return new


def _refuse_taken(new: SweepPaths) -> None:
    if is_there(new.folder):
        raise NameTakenError(f"{new.folder} exists already; choose another name")
