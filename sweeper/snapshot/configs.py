"""Configuration files of a project, and of the sweep's copy of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from filecmp import cmp
from pathlib import Path


def changed_configs(project: Path, copy: Path, folders: Collection[Path]) -> list[str]:
    """The YAML files that differ between a project and its copy, by their names within these.

    Args:
        folders: where to look, relative to both.
    """
    names = {name for folder in folders for top in (project, copy) for name in _names(top, folder)}
    return sorted(name for name in names if not _is_equal(project / name, copy / name))


def _names(top: Path, folder: Path) -> Iterator[str]:
    return (str(file.relative_to(top)) for file in (top / folder).rglob("*.yaml"))


def _is_equal(one: Path, other: Path) -> bool:
    try:
        return cmp(one, other, shallow=False)
    except OSError:
        return False  # only one of them is there
