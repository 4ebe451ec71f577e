"""A folder beside the attempt's own that a trial's program writes its results to, named in its command."""

from __future__ import annotations

import shlex

from sweeper.core.patterns import lazy

_LINE = lazy(r"(?m)^CVSWEEP_RESULTS_DIR=(.+)$")


def results_dir_line(folder: str) -> str:
    """The line of a command that names the folder, as the machines see it that read results."""
    return f"CVSWEEP_RESULTS_DIR={shlex.quote(folder)}\n"


def results_dir(command: str) -> str:
    """The folder that a command names; empty if it names none."""
    found = _LINE.search(command)
    try:
        words = shlex.split(found[1]) if found else []
    except ValueError:
        return ""
    return words[0] if words else ""
