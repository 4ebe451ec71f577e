"""Giving a sweep another name."""

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
    """Give a sweep another name: its folder's, and the one that sweep.json has.

    Pods and processes are known by the sweep's id, which stays.

    Raises:
        UsageError: it can have no such name, it is another user's, or attempts of it may still run.
        NameTakenError: something of that name is there already.
        SweepHeldError: a controller lives.
        StorageError: the folder cannot be moved; then it is as it was.
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
        with suppress(OSError):  # else the next controller waits until it has stood still for a while
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
