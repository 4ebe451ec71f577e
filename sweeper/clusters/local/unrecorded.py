"""Explains why an attempt whose shim ended by itself has left no exit record."""

from __future__ import annotations

import os
import stat

from sweeper.core.outcome import LEAVE_IT
from sweeper.core.paths import EXIT, OWNER

NOT_OURS = 75
"""The shim's exit status if it must not run the attempt."""

_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link", stat.S_IFIFO: "a FIFO", stat.S_IFREG: "a file"}


def reason(out: str, uid: str, status: int) -> str:
    """Return what the folder shows, and what to do; empty if there is a record after all.

    Empty, too, if the shim left the attempt to another process, which has claimed it.

    Args:
        out: The attempt's folder.
        uid: The attempt's identity.
        status: The exit status of its shim: the program's, unless the shim itself could not continue.
    """
    if _has_content(f"{out}/{EXIT}") or (status == NOT_OURS and _claimed_by_another(out, uid)):
        return ""
    return f"it ended with exit code {status} and left no record of its end: {_what_is_seen(out)}"


def _what_is_seen(out: str) -> str:
    folder, record = _kind(out), _kind(f"{out}/{EXIT}")
    if folder != "a folder":
        return f"{out} is {folder}; {LEAVE_IT}"
    if record not in ("gone", "a file"):
        return f"{out}/{EXIT} is {record}; {LEAVE_IT}"
    if not os.access(out, os.W_OK | os.X_OK):
        return f"{out} cannot be written by us (any more); {LEAVE_IT}"
    if record == "a file":
        return f"{out}/{EXIT} is empty; is the disk full?"
    return (
        "`sh` itself ended before it could write it; see what it says of that in this terminal or in"
        " controller.log, and the limits of `ulimit -a`"
    )


def _has_content(path: str) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


def _kind(path: str) -> str:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return "gone"
    return _KINDS.get(stat.S_IFMT(mode), "no file")


def _claimed_by_another(out: str, uid: str) -> bool:
    try:
        with open(os.open(f"{out}/{OWNER}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return file.readline(4096).strip() not in (b"", uid.encode())
    except OSError:
        return False
