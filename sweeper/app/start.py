"""Start a controller in a background process, in a session of its own, with its log in the sweep's folder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sweeper.app.observers import Observers
from sweeper.app.owners import require_own
from sweeper.app.taking import in_pod, wait_until_free
from sweeper.core.errors import ControllerError, SweepHeldError
from sweeper.core.presence import STILL
from sweeper.files import atomic
from sweeper.files.regular import open_to_append
from sweeper.logging_setup import messages
from sweeper.store import presence
from sweeper.store.folder import SweepFolder

_TIMEOUT = 30.0 + STILL
"""Seconds. STILL: the new controller may have to watch the heartbeat that another one has just left."""
# -P: a module of the project must not hide a standard module of the same name.
RESUME = (sys.executable, "-P", "-m", "sweeper.cli.background", "resume")


@dataclass(frozen=True, slots=True)
class StartedController:
    """A controller in the background.

    Attributes:
        pid: the id of its process.
        log: the file with its output.
        code: its exit code if it has already ended, as for a sweep without remaining work; else None.
        output: the messages for users that it wrote until then.
    """

    pid: int
    log: str
    code: int | None = None
    output: tuple[str, ...] = ()


def start(
    folder: SweepFolder,
    observers: Observers,
    *,
    take_over: bool = False,
    gone: Sequence[str] = (),
    this_environment: bool = False,
) -> StartedController:
    """Start the sweep's controller in the background; return once it holds the sweep or has ended.

    Args:
        folder: the sweep.
        observers: receive messages while the start waits for another controller.
        take_over: take the sweep from a controller that hangs.
        gone: hosts that no longer exist.
        this_environment: from now on, trials start with the environment of this process.

    Raises:
        UsageError: the sweep belongs to another user, or is a copy, made while trials ran.
        SweepHeldError: another controller is alive.
        ControllerError: the controller does not start in time.
        StorageError: its log cannot be written.
    """
    require_own(folder)
    if not take_over:
        wait_until_free(folder, observers, patient=in_pod())
    options = ["--take-over"] if take_over else []
    options += ["--this-environment"] if this_environment else []
    options += [word for host in gone for word in ("--gone", host)]
    path = folder.paths.controller_log
    with (
        atomic.storage(f"starting a controller with its log in {path}"),
        open(open_to_append(path), "ab") as log,
    ):
        begin = log.tell()
        process = subprocess.Popen(
            [*RESUME, folder.paths.folder, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + _TIMEOUT
    while not presence.is_held_by(folder.paths, process.pid):
        if process.poll() is not None:
            if process.returncode == SweepHeldError.exit_code:
                folder.refuse_if_held()  # another controller was faster
            # Not always an error: without remaining work, the controller ends at once.
            return StartedController(process.pid, path, process.returncode, _written(path, begin))
        if time.monotonic() > deadline:
            raise ControllerError(f"the controller did not start; see {path}")
        time.sleep(0.02)
    # Without a wait, the ended controller would stay in the process table as a zombie and look alive.
    threading.Thread(target=process.wait, name="wait for the controller", daemon=True).start()
    return StartedController(process.pid, path)


def _written(path: str, begin: int) -> tuple[str, ...]:
    with open(path, "rb") as log:
        log.seek(begin, os.SEEK_SET)
        return tuple(messages(log.read().decode(errors="replace").rstrip("\n")))
