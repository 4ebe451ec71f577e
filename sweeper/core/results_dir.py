"""The line of a trial's command that names a results folder other than the attempt's own folder."""

from __future__ import annotations

import shlex

from sweeper.core.patterns import lazy

_LINE = lazy(r"(?m)^CVSWEEP_RESULTS_DIR=(.+)$")


def results_dir_line(folder: str) -> str:
    """Return the line of a command that names the folder, by its path on the machines that read results."""
    return f"CVSWEEP_RESULTS_DIR={shlex.quote(folder)}\n"


def results_dir(command: str) -> str:
    """Return the folder that a command names; empty if it names none."""
    found = _LINE.search(command)
    try:
        words = shlex.split(found[1]) if found else []
    except ValueError:
        return ""
    return words[0] if words else ""
