"""Attempt folders: created by the controller, claimed and filled by the attempt."""

from __future__ import annotations

import errno
import json
import math
import os
import time
from itertools import islice
from typing import Any

from sweeper.core.errors import DamagedTrialError
from sweeper.core.model import Attempt, ExitRecord, Trial
from sweeper.core.paths import EXIT, LOG, OWNER, SweepPaths
from sweeper.core.secrets import masked, secret_values
from sweeper.files import atomic, nfs_revalidation
from sweeper.files.regular import NOFOLLOW, NOT_THERE, is_there, open_regular, read_limited

_MAX_RECORD = 64 * 1024
_MAX_OWNER = 4096
_LONGEST_HOST = 255
_MOST_FOLDERS = 1000
_MOST_NAMES = 10_000
SEARCHED = 64 * 1024
"""Bytes of a log's end that are searched for an error: many ranks may print a traceback each."""

_SPOILT = (*NOT_THERE, errno.EEXIST, errno.EISDIR, errno.ENOTSUP, errno.EROFS, errno.EMLINK)
"""Error numbers if a program has replaced a file or folder with something else, or has locked it.

EROFS too: a part of a volume can be mounted read-only. If all of it is, the journal cannot be written either,
and no trial is given up. A full disk or quota is never a trial's own.
"""

_DOUBT = "nobody can tell whether this attempt still runs; see that it does not"
_TIMEOUT = 1.0
"""Seconds that a claim may take from the creation of `owner` to its last byte: microseconds, normally."""


def claim_abandoned(paths: SweepPaths, trial: Trial, attempt: Attempt, term: int) -> str | None:
    """Claim an attempt so that it can never run; return None, or who has claimed it before.

    DamagedTrialError if its program has damaged the folder, so that it cannot be claimed or read.
    """
    folder = paths.trial(trial).attempt(attempt)
    try:
        claim = _claim(folder, f"void {term}\n".encode())
    except OSError as error:
        raise (damage(error, folder, _DOUBT) or atomic.failure(f"claiming {folder}", error)) from error
    return None if claim.startswith("void ") else claim


def _claim(folder: str, claim: bytes) -> str:
    """Claim an attempt if it is unclaimed; return the claim that is valid."""
    owner = f"{folder}/{OWNER}"
    atomic.make_folders(folder)
    if os.path.islink(folder):
        raise OSError(errno.ELOOP, "is a link")
    try:
        handle = os.open(owner, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return _wait_for_claim(owner) or _overrule(owner, claim)
    with open(handle, "wb") as file:
        file.write(claim)
        file.flush()
        os.fsync(file.fileno())
    return claim.decode()


def read_exit(folder: str) -> ExitRecord | None:
    """Return the exit record in an attempt folder, or None if it is missing, incomplete or invalid.

    Call it only once the shim has ended: some network volumes keep a name as missing that was looked up
    too early.
    """
    handle = open_regular(f"{folder}/{EXIT}")
    if handle is None:
        return None
    with atomic.storage(f"reading {folder}/{EXIT}"), open(handle, "rb", buffering=0) as file:
        raw, ended_at = file.read(_MAX_RECORD), os.fstat(handle).st_mtime
    try:
        return _exit_record(json.loads(raw), ended_at) if raw.endswith(b"}\n") else None
    except (ValueError, OverflowError, RecursionError):
        return None


def lost(folder: str) -> str:
    """Return why the files of an ended attempt are partly or wholly unreadable; empty if they are not."""
    nfs_revalidation.revalidate(folder)
    with atomic.storage(f"reading {folder}"):
        error = _first_closed(folder)
    if error:
        if error.errno not in NOT_THERE:
            raise atomic.failure(f"reading {folder}", error) from error
        if error.filename != folder:
            return f"{os.path.relpath(error.filename, folder)} in its folder cannot be read: {error.strerror}"
        return "its folder is gone" if error.errno == errno.ENOENT else f"its folder: {error.strerror}"
    return (
        "" if any(map(is_there, (f"{folder}/{EXIT}", f"{folder}/{OWNER}"))) else "its folder has been emptied"
    )


def _first_closed(folder: str) -> OSError | None:
    """Return the first error in listing an attempt's folders, if any; of large folders a part is checked."""
    left = [folder]
    for _ in range(_MOST_FOLDERS):
        if not left:
            break
        place = left.pop()
        try:
            with os.scandir(place) as found:
                part = islice(found, _MOST_NAMES)
                left += [entry.path for entry in part if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            error.filename = place
            return error
    return None


def log_path(paths: SweepPaths, trial: Trial, attempt: Attempt) -> str:
    return f"{paths.trial(trial).attempt(attempt)}/{LOG}"


def read_log_tail(paths: SweepPaths, trial: Trial, attempt: Attempt, size: int = 16 * 1024) -> str:
    """Return the last `size` bytes of the attempt's log as text; empty if there is no log.

    The trial's secrets are masked in it, as far as their values are known here.
    """
    raw = read_limited(log_path(paths, trial, attempt), size, tail=True)
    return "" if raw is None else masked(raw.decode(errors="replace"), secret_values(trial, os.environ))


def _wait_for_claim(owner: str) -> str:
    """Return who claimed the attempt; empty if the claim is still incomplete after the timeout."""
    deadline = time.monotonic() + _TIMEOUT
    while not (claim := _read_claim(owner)) and time.monotonic() < deadline:
        time.sleep(0.005)
    return claim


def _overrule(owner: str, claim_as_abandoned: bytes) -> str:
    """Replace an incomplete claim; return the claim that is valid now.

    A shim that froze between creating `owner` and writing to it writes into a file without a name
    when it wakes up, reads `void` back and leaves. Had it just finished, its claim is put back.
    """
    handle = os.open(owner, NOFOLLOW)
    try:
        atomic.write(owner, claim_as_abandoned)
        late = os.pread(handle, _MAX_OWNER, 0)
    finally:
        os.close(handle)
    if late.endswith(b"\n"):
        atomic.write(owner, late)
    return _read_claim(owner)


def damage(error: OSError, folder: str, consequence: str) -> DamagedTrialError | None:
    """Return an error about a folder that a program has damaged; None if `error` has another cause."""
    if error.errno not in _SPOILT:
        return None
    where = error.filename2 or error.filename or folder
    return DamagedTrialError(f"{where}: {error.strerror}, so {consequence}, then retry the trial")


def _read_claim(owner: str) -> str:
    raw = read_limited(owner, _MAX_OWNER)
    if raw is None:
        raise OSError(errno.ENOTSUP, "is not a file that can be read", owner)
    return raw.decode(errors="replace").strip() if raw.endswith(b"\n") else ""


def _exit_record(data: Any, ended_at: float) -> ExitRecord | None:
    match data:
        case {
            "uid": str(uid),
            "code": int(code),
            "terminated": bool(terminated),
            "start": int() | float() as start,
            "end": int() | float() as end,
            "host": str(host),
        } if math.isfinite(end - start):
            # A program may have written it: lone surrogates cannot be encoded. Older shims write the PID
            # namespace after the name.
            host = host.partition("/")[0][:_LONGEST_HOST].encode(errors="replace").decode()
            kills = data.get("oom_kills")  # older shims write none
            counted = kills if type(kills) is int and kills > 0 else 0
            return ExitRecord(uid, code, terminated, float(start), float(end), ended_at, host, counted)
    return None
