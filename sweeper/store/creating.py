"""Creates sweep folders, completely or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sweeper.core.errors import NameTakenError, UsageError
from sweeper.core.model import Trial
from sweeper.core.paths import SweepPaths
from sweeper.core.records import Added
from sweeper.core.secrets import is_private
from sweeper.files import atomic
from sweeper.store import copies, journal, leftovers, lock, removing, shim
from sweeper.store import manifest as manifests
from sweeper.store.folder import SweepFolder
from sweeper.store.manifest import Manifest

Freeze = Callable[[Path], object]
"""Copies the project to the folder that it is given: `partial(code.freeze, project, max_bytes=…)`."""


def create(
    root: Path,
    manifest: Manifest,
    trials: Sequence[Trial],
    freeze: Freeze | None = None,
    files: Mapping[str, bytes] | None = None,
) -> SweepFolder:
    """Create a sweep folder, completely or not at all; UsageError if `root` does not allow it.

    NameTakenError if the name already exists, even if it has only just been created.

    With `freeze` the project's copy is created with it. It is made in a temporary folder, so manifest.start
    must give its final path (SweepPaths.code) as the attempts see it. `files` are further files of the
    folder, by their paths there.
    """
    target = root / manifest.name
    temporary = root / f".{manifest.name}.{os.urandom(4).hex()}.tmp"
    if os.path.exists(target):
        raise _is_taken(target)  # before the work of a copy
    fresh = not os.path.exists(root)
    try:
        atomic.make_folders(os.fspath(root))
        leftovers.remove(leftovers.find(os.fspath(root), leftovers.UNFINISHED))
        removing.remove_leftovers(os.fspath(root))
        _fill(temporary, manifest, trials, freeze)
        add_files(temporary, files or {})
        _move(temporary, target)
    except OSError as error:
        if os.path.exists(target):
            raise _is_taken(target) from error
        raise UsageError(
            f"sweep.root: cannot make {target}: {error.strerror}; name a folder there that can be written"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if fresh:
            with suppress(OSError):
                root.rmdir()  # fails, as it should, if the sweep is in it
    return SweepFolder(target)


def _fill(folder: Path, manifest: Manifest, trials: Sequence[Trial], freeze: Freeze | None) -> None:
    paths = SweepPaths(os.fspath(folder))
    os.mkdir(folder, atomic.FOLDER)
    leftovers.sign(paths.folder)
    for part in (paths.journal, paths.requests, paths.trials):
        os.mkdir(part, atomic.FOLDER)
    shim.install(paths.shim)
    records = [Added(trial) for trial in trials]
    place = {**manifest.place, **copies.location(folder)}
    place["folder"] = f"{os.path.realpath(folder.parent)}/{manifest.name}"
    manifests.write(paths, replace(manifest, place=place))
    lock.look(paths.manifest)  # a volume whose locks are in trouble is noticed before anything is left there
    mode = atomic.PRIVATE if any(map(is_private, trials)) else atomic.PUBLIC
    atomic.publish(paths.term(1), journal.first_term(records, lock.me()), mode=mode)
    if freeze:
        freeze(Path(paths.code))


def add_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a sweep folder; existing files are kept, since trials may be using them."""
    for name, content in files.items():
        path = folder / name
        if not path.exists():
            atomic.make_folders(os.fspath(path.parent))
            atomic.write(os.fspath(path), content)


def _is_taken(target: Path) -> NameTakenError:
    return NameTakenError(f"{target} exists already; choose another sweep.name")


def _move(folder: Path, target: Path) -> None:
    leftovers.unsign(os.fspath(folder))
    os.rename(folder, target)
    try:
        atomic.sync_folder(os.fspath(target.parent))
    except OSError:
        os.rename(target, folder)
        raise
