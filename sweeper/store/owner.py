"""Who owns a sweep folder and its files, on volumes that may map user ids to others."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Sequence
from contextlib import suppress

from sweeper.core.errors import StorageError
from sweeper.core.ownership import counts, is_wide
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.files.regular import is_there


def owner_of(paths: SweepPaths) -> int:
    """Return the user id to which a sweep belongs: that of its sweep.json.

    Other files are compared with it, not with our own user id: a mount may map all user ids to one.
    """
    with atomic.storage(f"looking at {paths.manifest}"):
        return os.lstat(paths.manifest).st_uid


def is_own(paths: SweepPaths) -> bool:
    """Whether the sweep is ours; only then do we use its kubeconfig, its commands and its code path."""
    if _has_our_uid(paths):
        return True
    try:
        found = {os.lstat(paths.manifest).st_uid, os.stat(paths.manifest).st_uid}
    except OSError:
        return True  # it cannot be read: the command that reads it reports that
    return found == {_uid_on_volume(paths.folder)}


def newest_own(found: Sequence[SweepPaths]) -> SweepPaths | None:
    """Return the last of these sweeps that is ours, or None."""
    # `is_own` may create a file to learn our user id on the volume; the first test is cheaper.
    for test in (_has_our_uid, is_own):
        for paths in reversed(found):
            if test(paths):
                return paths
    return None


def name_of(uid: int) -> str:
    """Return a user's name and number, as in `ada (uid 1001)`; without a name, only `uid 1001`."""
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except (KeyError, OverflowError):
        return f"uid {uid}"


def stranger(place: str, owner: int) -> str:
    """Return the owner of a file if a sweep of `owner` must not use it; empty if it may.

    Links are not followed; a missing file counts as allowed.
    """
    try:
        uid = os.lstat(place).st_uid
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise atomic.failure(f"looking at {place}", error) from error
    return "" if counts(uid, owner) else name_of(uid)


def check_program(paths: SweepPaths, owner: int) -> None:
    """Raise StorageError if what every attempt of the sweep runs belongs to another user than `owner`."""
    for place in (paths.shim, paths.trials, paths.code):
        _check(place, owner)


def check_journal(paths: SweepPaths, owner: int) -> None:
    """Raise StorageError if the journal, which holds the trials' commands, is not the `owner`'s."""
    _check(paths.journal, owner)
    with atomic.storage(f"reading {paths.journal}"):
        names = sorted(name for name in os.listdir(paths.journal) if name.endswith(".jsonl"))
    for name in names:
        _check(f"{paths.journal}/{name}", owner)


def check_code(paths: SweepPaths, owner: int) -> None:
    """Raise StorageError if anything in the sweep's copy of the project is not the `owner`'s."""
    for top in (paths.code, paths.imports):
        for place in _all(top):
            _check(place, owner)


def wide(paths: SweepPaths) -> list[str]:
    """Return the paths in a sweep, relative to its folder, that other users may write to.

    They could change what its trials run. cvsweep creates no such path; older versions used the umask.
    """
    own = (paths.journal, paths.requests, paths.trials, paths.shim, paths.manifest, paths.code)
    found = []
    for place in (paths.folder, *own):
        with suppress(OSError):
            if is_wide(os.lstat(place).st_mode):
                found.append(os.path.relpath(place, paths.folder))
    return found


def _has_our_uid(paths: SweepPaths) -> bool:
    try:
        return os.lstat(paths.manifest).st_uid == os.geteuid() == os.stat(paths.manifest).st_uid
    except OSError:
        return False


def _check(place: str, owner: int) -> None:
    if other := stranger(place, owner):
        raise StorageError(
            f"{place} belongs to {other}, and the sweep to {name_of(owner)}: it is not run. Look at"
            f" it, then remove it or make it yours again: chown -h {owner} {place}"
        )


def _all(top: str) -> Iterator[str]:
    """Yield a folder and everything below it; links are not followed."""
    if not is_there(top):
        return
    yield top
    for folder, folders, files in os.walk(top, onerror=_tell_trouble):
        yield from (f"{folder}/{name}" for name in (*folders, *files))


def _tell_trouble(error: OSError) -> None:
    """Raise if the volume cannot list a folder now; skip one that we may not read: nothing in it runs."""
    if error.errno in atomic.TRANSIENT:
        raise atomic.failure(f"looking at {error.filename}", error) from error


def _uid_on_volume(folder: str) -> int | None:
    """Return the user id of files that we create in `folder`, or None if we cannot create any."""
    made = atomic.made_there(folder)
    return None if made is None else made.st_uid
