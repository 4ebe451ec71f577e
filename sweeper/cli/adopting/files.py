"""Writes new files of a project: either all of them or none, and never over an existing file."""

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
    """Return the text of a file; empty if `path` is missing or is not a regular file."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def has_command(text: str) -> bool:
    """Return True if a configuration sets the command of a trial."""
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
    """Write a file that must not exist yet, and append its path to `made`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        made.append(path)
        file.write(data)


def ignoring(project: Path) -> list[File]:
    """Return the .gitignore to write; empty if the project has one already."""
    place = project / ".gitignore"
    return [] if os.path.lexists(place) else [(place, _IGNORED)]


def remark_on_ignored(project: Path, written: Sequence[Path]) -> str:
    """Return a remark on a .gitignore that existed before; empty if it mentions sweeps."""
    place = project / ".gitignore"
    if place in written or "sweeps" in read_text(place):
        return ""
    return f"{place} was there already and is left as it is; you may want sweeps/ in it"
