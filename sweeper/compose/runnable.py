"""Finds configuration files from which a run can start, because they set task.command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

_DEEPEST = 5
"""The largest depth of nested defaults lists that is read."""


def runnable(folders: Iterable[Path]) -> list[str]:
    """Return the names of the files that set task.command, directly or through their defaults lists."""
    there = list(folders)
    names = sorted({file.stem for folder in there for file in folder.glob("*.yaml")})
    return [name for name in names if _has_command(there, name, _DEEPEST)]


def _has_command(folders: list[Path], name: str, depth: int) -> bool:
    content = _content(folders, name)
    task = content.get("task")
    if isinstance(task, dict) and task.get("command"):
        return True
    return depth > 0 and any(_has_command(folders, one, depth - 1) for one in _defaults(content))


def _defaults(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that a defaults list names; some do not exist, since only Hydra can resolve them."""
    entries = content.get("defaults")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, str):
            yield entry.partition("@")[0].lstrip("/")
        elif isinstance(entry, dict):
            for group, option in entry.items():
                yield f"{str(group).split()[-1].partition('@')[0].lstrip('/')}/{option}"


def _content(folders: list[Path], name: str) -> Mapping[str, Any]:
    """Return the content of a file; empty if it cannot be read, since it is only needed for a hint."""
    with suppress(OSError, UnicodeDecodeError, yaml.YAMLError):
        file = next((path for folder in folders if (path := folder / f"{name}.yaml").is_file()), None)
        content = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
        return content if isinstance(content, dict) else {}
    return {}
