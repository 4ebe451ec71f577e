"""What can be known to be wrong before the first process is started."""

from __future__ import annotations

import os
import shutil

from sweeper.core.errors import UsageError


def find_program(program: str, code: str, path: str) -> None:
    """Refuse a program that is not there; `code` is the folder that a relative name starts from."""
    if "/" in program:
        place = os.path.join(code, program)
        if os.access(place, os.X_OK) and os.path.isfile(place):
            return
        what = "is not an executable file" if os.path.exists(place) else "does not exist"
        raise UsageError(f"task.command: {place} {what}; name a program that can be run")
    if shutil.which(program, path=path) is None:
        raise UsageError(
            f"task.command: the program {program!r} is not on PATH; install it or give its full path"
        )
