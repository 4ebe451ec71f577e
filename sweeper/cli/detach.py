"""A controller of its own session, with its log in the sweep's folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from sweeper.app.owners import require_own
from sweeper.app.reference import reference
from sweeper.app.taking import in_pod, wait_until_free
from sweeper.cli.common import say
from sweeper.cli.printing import printing
from sweeper.core.errors import ControllerError, SweepHeldError
from sweeper.core.presence import STILL
from sweeper.files import atomic
from sweeper.files.regular import open_to_append
from sweeper.store import presence
from sweeper.store.folder import SweepFolder

_PATIENCE = 30.0 + STILL
"""Seconds; another may have come and gone since we looked, whose heartbeat it has to watch."""
# -P: a module of the project that is called like one of Python's own must not get in its way.
RESUME = (sys.executable, "-P", "-m", "sweeper.cli.background", "resume")


def detach(
    folder: SweepFolder,
    *,
    take_over: bool = False,
    gone: Sequence[str] = (),
    this_environment: bool = False,
) -> int:
    """Start the sweep's controller in the background; return once it holds the sweep."""
    require_own(folder)
    if not take_over:
        wait_until_free(folder, printing(), patient=in_pod())
    options = ["--take-over"] if take_over else []
    options += ["--this-environment"] if this_environment else []
    options += [word for host in gone for word in ("--gone", host)]
    log_path = folder.paths.controller_log
    doing = f"starting a controller with its log in {log_path}"
    with atomic.storage(doing), open(open_to_append(log_path), "ab") as log:
        start = log.tell()
        process = subprocess.Popen(
            [*RESUME, folder.paths.folder, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + _PATIENCE
    while not presence.is_held_by(folder.paths, process.pid):
        if process.poll() is not None:
            if process.returncode == SweepHeldError.exit_code:
                folder.refuse_if_held()  # another controller was faster
            # It may have come and gone: a sweep of nothing is over at once.
            return _gone(folder, start, process.returncode)
        if time.monotonic() > deadline:
            raise ControllerError(f"the controller did not start; see {log_path}")
        time.sleep(0.02)
    process.returncode = 0  # it is not ours to wait for any more
    name = reference(folder.paths.folder)
    say(f"{folder.name} runs in the background (process {process.pid}); its log: {log_path}")
    say(f"watch it with: cvsweep status -w {name}    end it with: cvsweep cancel {name}")
    return 0


def _gone(folder: SweepFolder, start: int, code: int) -> int:
    with open(folder.paths.controller_log, "rb") as log:
        log.seek(start, os.SEEK_SET)
        for line in log.read().decode(errors="replace").rstrip("\n").split("\n"):
            say(line)
    return code
