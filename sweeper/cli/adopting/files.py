"""New files of a project: all of them or none, and never over an existing one."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from sweeper.core.patterns import lazy

File = tuple[Path, bytes]
_COMMAND = lazy(r"^(task:|\s+command:|task\.command:)", re.MULTILINE)
_IGNORED = b"# The results of sweeps: one folder each.\nsweeps/\n"


def read_text(path: Path) -> str:
    """The text of a file; empty if it is none, or is not there."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def has_command(text: str) -> bool:
    """Does a configuration say what a trial runs?"""
    return _COMMAND.search(text) is not None


def write_all(files: Sequence[File]) -> list[Path]:
    """Write every file, or none of them; return what was written."""
    made: list[Path] = []
    try:
        for path, data in files:
            write_new(path, data, made)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise
    return made


def write_new(path: Path, data: bytes, made: list[Path]) -> None:
    """Write a file that is not there yet, and note it in `made`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        made.append(path)
        file.write(data)


def ignoring(project: Path) -> list[File]:
    """The .gitignore of a project that has none."""
    place = project / ".gitignore"
    return [] if os.path.lexists(place) else [(place, _IGNORED)]


def remark_on_ignored(project: Path, written: Sequence[Path]) -> str:
    """What to say about a .gitignore that was there already; empty if it names the sweeps."""
    place = project / ".gitignore"
    if place in written or "sweeps" in read_text(place):
        return ""
    return f"{place} was there already and is left as it is; you may want sweeps/ in it"
