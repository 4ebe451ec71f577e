"""Configuration files from which a run can start: those that say what a trial runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

_DEEPEST = 5
"""Defaults lists within defaults lists that are read."""


def runnable(folders: Iterable[Path]) -> list[str]:
    """The names of the files in these folders that set task.command, themselves or by their defaults list."""
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
    """The files that a defaults list names, without those that only Hydra can find."""
    entries = content.get("defaults")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, str):
            yield entry.partition("@")[0].lstrip("/")
        elif isinstance(entry, dict):
            for group, option in entry.items():
                yield f"{str(group).split()[-1].partition('@')[0].lstrip('/')}/{option}"


def _content(folders: list[Path], name: str) -> Mapping[str, Any]:
    """What a file holds; nothing if it cannot be read: this only looks for a hint."""
    with suppress(OSError, UnicodeDecodeError, yaml.YAMLError):
        file = next((path for folder in folders if (path := folder / f"{name}.yaml").is_file()), None)
        content = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
        return content if isinstance(content, dict) else {}
    return {}
