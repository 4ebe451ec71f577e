"""Formats a sweep folder as a command-line argument.

It is the sweep's name if cvsweep would find it from the current directory, else the folder's path.
"""

from __future__ import annotations

import os
import shlex

from sweeper.store import upwards


def sweep_argument(folder: str) -> str:
    """The sweep's name if cvsweep would find it from the current directory, else its path; quoted."""
    root, name = os.path.split(folder)
    named = os.environ.get("CVSWEEP_ROOT")
    if root == (os.path.abspath(named) if named else os.path.abspath("sweeps")):
        return shlex.quote(name)
    if not named and not upwards.holds_sweeps("sweeps") and root == upwards.sweeps_above(os.getcwd()):
        return shlex.quote(name)
    return shlex.quote(folder)
