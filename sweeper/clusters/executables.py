"""Checks that a trial's program exists and is executable, before any process is started."""

from __future__ import annotations

import os
import shutil

from sweeper.core.errors import UsageError


def find_program(program: str, code: str, path: str) -> None:
    """Raise UsageError if the program does not exist or is not executable.

    `code` is the folder to which a relative path refers; `path` is the value of PATH.
    """
    if "/" in program:
        place = os.path.join(code, program)
        if os.access(place, os.X_OK) and os.path.isfile(place):
            return
        if os.path.isfile(place):
            raise UsageError(
                f"task.command: {place} is not an executable file: chmod +x it, or name the program that"
                f" reads it, as in [bash, {program}]"
            )
        what = "is not an executable file" if os.path.exists(place) else "does not exist"
        raise UsageError(f"task.command: {place} {what}; name a program that can be run")
    if shutil.which(program, path=path) is None:
        if os.path.isfile(os.path.join(code, program)):
            raise UsageError(
                f"task.command: the program {program!r} is not on PATH; the project's file of that name is"
                f" ./{program}"
            )
        raise UsageError(
            f"task.command: the program {program!r} is not on PATH; install it or give its full path"
        )
