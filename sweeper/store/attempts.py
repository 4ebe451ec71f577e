"""The folders of trials and attempts: made by the controller, claimed and filled by the attempt."""

from __future__ import annotations

import json
import os
import stat
from typing import Any

from sweeper.core.model import Attempt, ExitRecord, Trial
from sweeper.core.paths import EXIT, LOG, OWNER, SweepPaths
from sweeper.core.script import command_script
from sweeper.store import atomic

_MAX_RECORD = 64 * 1024
_NOFOLLOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def prepare(paths: SweepPaths, trial: Trial, attempt: Attempt, code: str) -> bool:
    """Make the attempt's folder, and the trial's with its files before the first attempt.

    False where the attempt's folder was there already: somebody else has used this number.
    """
    place = paths.trial(trial)
    with atomic.storage(f"making {place.attempt(attempt)}"):
        if not os.path.exists(place.command):
            os.makedirs(place.checkpoints, exist_ok=True)
            os.makedirs(place.attempts, exist_ok=True)
            _write(place.params, json.dumps(trial.params, indent=2, ensure_ascii=False) + "\n")
            atomic.write(place.command, command_script(paths.name, trial, code).encode(), sync=False)
        try:
            os.mkdir(place.attempt(attempt))
        except FileExistsError:
            return False
    return True


def claim_void(paths: SweepPaths, trial: Trial, attempt: Attempt, term: int) -> str | None:
    """Claim a doubtful attempt so that it can never run; if it was claimed before, by whom.

    None: it is void now. The text of `owner` otherwise (empty where its writer could not finish).
    """
    folder = paths.trial(trial).attempt(attempt)
    with atomic.storage(f"claiming {folder}"):
        os.makedirs(folder, exist_ok=True)
        try:
            handle = os.open(f"{folder}/{OWNER}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            return read_owner(paths, trial, attempt)
        with open(handle, "w") as file:
            file.write(f"void {term}\n")
            file.flush()
            os.fsync(file.fileno())
    return None


def read_owner(paths: SweepPaths, trial: Trial, attempt: Attempt) -> str:
    """Who claimed the attempt; empty where nobody has."""
    raw = read_limited(f"{paths.trial(trial).attempt(attempt)}/{OWNER}", 4096)
    return "" if raw is None else raw.decode(errors="replace").strip()


def read_exit(folder: str) -> ExitRecord | None:
    """The shim's exit record in an attempt's folder; None where it is not there, not whole, or not one.

    To be asked only once the shim is gone: on a network volume a name looked up too early may
    stay absent for a minute.
    """
    path = f"{folder}/{EXIT}"
    raw = read_limited(path, _MAX_RECORD)
    if raw is None or not raw.endswith(b"}\n"):
        return None
    try:
        data: dict[str, Any] = json.loads(raw)
        return ExitRecord(
            uid=str(data["uid"]),
            code=int(data["code"]),
            terminated=bool(data["terminated"]),
            start=float(data["start"]),
            end=float(data["end"]),
            ended_at=os.stat(path, follow_symlinks=False).st_mtime,
            host=str(data["host"]),
        )
    except (ValueError, KeyError, TypeError, FileNotFoundError):
        return None


def log_path(paths: SweepPaths, trial: Trial, attempt: Attempt) -> str:
    return f"{paths.trial(trial).attempt(attempt)}/{LOG}"


def read_log_tail(paths: SweepPaths, trial: Trial, attempt: Attempt, size: int = 16 * 1024) -> str:
    """The last `size` bytes of the attempt's log as text; empty where there is none."""
    raw = read_limited(log_path(paths, trial, attempt), size, tail=True)
    return "" if raw is None else raw.decode(errors="replace")


def open_regular(path: str) -> int | None:
    """A handle to read a regular file; None for anything else.

    What lies there may have been put there by anybody, so links are not followed and a FIFO
    does not block.
    """
    try:
        handle = os.open(path, _NOFOLLOW)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    return None


def read_limited(path: str, size: int, *, tail: bool = False) -> bytes | None:
    """At most `size` bytes of a regular file, from its start or its end; None for anything else."""
    handle = open_regular(path)
    if handle is None:
        return None
    try:
        return os.pread(handle, size, max(0, os.fstat(handle).st_size - size) if tail else 0)
    finally:
        os.close(handle)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
