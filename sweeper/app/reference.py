"""The argument that names a sweep on the command line, from the current folder."""

from __future__ import annotations

import os
import shlex

from sweeper.store import upwards


def reference(folder: str) -> str:
    """What to type to mean this sweep, quoted: its name where verbs look anyway, else its path."""
    root, name = os.path.split(folder)
    named = os.environ.get("CVSWEEP_ROOT")
    if root == (os.path.abspath(named) if named else os.path.abspath("sweeps")):
        return shlex.quote(name)
    if not named and not upwards.holds_sweeps("sweeps") and root == upwards.sweeps_above(os.getcwd()):
        return shlex.quote(name)
    return shlex.quote(folder)
